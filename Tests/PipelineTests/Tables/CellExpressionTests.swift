import Pipeline
import Testing

@Suite struct CellExpressionTests {
  @Test func everyPartIsRead() throws {
    let text = "max( asr[train!=mixed|'a,b', test=0.7].worst )"
    let expression = try CellExpression(parsing: text)
    #expect(
      expression
        == CellExpression(
          text: text, function: .max, view: "asr",
          terms: [
            .init(axis: "train", isNegated: true, labels: ["mixed", "a,b"]),
            .init(axis: "test", isNegated: false, labels: ["0.7"]),
          ], column: "worst"))
  }

  @Test func partsMayBeAbsent() throws {
    let expression = try CellExpression(parsing: "clean")
    #expect(
      expression
        == CellExpression(
          text: "clean", function: nil, view: "clean", terms: [], column: nil))
    #expect(try CellExpression(parsing: "min(clean.ba)").column == "ba")
    #expect(try CellExpression(parsing: "t[a=1.0+0.1]").terms[0].labels == ["1.0+0.1"])
  }

  @Test(arguments: [
    ("", 0, "the end of the expression stands where the name of a table is due"),
    ("sum(asr)", 0, "'sum' is not a function; there are min, max, mean, range"),
    ("asr[train]", 9, "']' stands where '=' or '!=' is due"),
    ("asr[train!1]", 10, "'1' stands where '=' after '!' is due"),
    ("asr[train=]", 10, "']' stands where a label; quote other characters with ' is due"),
    ("asr[a='x]", 6, "the quoted label does not end"),
    ("asr[a=1", 7, "the end of the expression stands where ',' or ']' is due"),
    ("asr.", 4, "the end of the expression stands where the name of a column is due"),
    ("max(asr", 7, "the end of the expression stands where ')' is due"),
    ("asr]", 3, "']' stands where the end is due"),
  ])
  func mistakesAreLocated(_ text: String, _ offset: Int, _ message: String) {
    let error = #expect(throws: CellExpressionError.self) { try CellExpression(parsing: text) }
    #expect(error?.offset == offset)
    #expect(error?.message == message)
  }
}
