import Foundation
import Pipeline
import Stages
import Testing

/// Tables as a user's program writes them.
struct WrittenRowsTests {
  private static func table(_ text: String, columns: [Column] = []) throws -> Table {
    try WrittenRows(Array(text.utf8)).table(columns: columns)
  }

  @Test func everyFormGivesTheSameTable() throws {
    let expected = Table(
      columns: [Column("n", .int), Column("ok", .bool), Column("x", .double)],
      rows: [[.int(1), .bool(true), .double(0.5)], [.int(2), .null, .double(3)]])
    let forms = [
      "n,ok,x\n1,true,0.5\n2,,3\n",
      "n\tok\tx\r\n1\tTrue\t0.5\r\n2\t\t3.0",
      #"[{"n": 1, "ok": true, "x": 0.5}, {"n": 2, "x": 3}]"#,
      "{\"x\": 0.5, \"n\": 1, \"ok\": true}\n\n{\"n\": 2, \"ok\": null, \"x\": 3}\n",
      String(decoding: expected.canonicalData, as: UTF8.self),
    ]
    for form in forms { #expect(try Self.table(form) == expected, "\(form)") }
  }

  @Test func quotedFieldsHoldSeparatorsQuotesAndLines() throws {
    let table = try Self.table("name,n\n\"a, \"\"b\"\"\nc\",1\n")
    #expect(table.rows == [[.string("a, \"b\"\nc"), .int(1)]])
  }

  @Test func numbersThatAreNotFiniteAreUndefined() throws {
    let table = try Self.table("loss\n1e-3\nnan\ninf\n")
    #expect(table.rows == [[.double(0.001)], [.null], [.null]])
  }

  @Test func declaredColumnsDecide() throws {
    let columns = [Column("id", .string), Column("x", .double, unit: "s", direction: .lower)]
    let table = try Self.table("x,id\n1,007\n", columns: columns)
    #expect(table.columns == [columns[1], columns[0]])
    #expect(table.rows == [[.double(1), .string("007")]])
  }

  @Test func aTableHasAtMostThousandColumns() throws {
    func header(_ count: Int) -> String { (0..<count).map { "c\($0)" }.joined(separator: ",") }
    let widest = try Self.table(header(1000) + "\n")
    #expect(widest.columns.count == 1000)
    // With the axes of its stage it is read again.
    let long = Table(columns: [Column("axis", .string)] + widest.columns)
    #expect(try Table(canonicalData: long.canonicalData) == long)
    let wide = header(1001)
    let map = "{" + wide.split(separator: ",").map { "\"\($0)\": 1" }.joined(separator: ",") + "}"
    for text in [wide + "\n", "[\(map)]", map] {
      let problem = #expect(throws: WrittenRows.Problem.self) { try Self.table(text) }
      #expect(
        problem?.description == "line 1: there are 1001 columns; a table has at most 1000")
    }
  }

  @Test(
    arguments: [
      ("", [], "line 1: the file is empty"),
      ("a,b\n1,2\n3\n", [], "line 3: 1 fields, where the header has 2"),
      ("a,a\n", [], "line 1: there are two columns 'a'"),
      ("a,\n", [], "line 1: column 2 has no name"),
      ("a\n\"x\n", [], "line 2: a quoted field does not end"),
      ("a\n\"x\"y\n", [], "line 2: text follows a closing quote"),
      ("[{\"a\": 1},\n {\"a\": }]", [], "line 2: a value is due"),
      ("[1]", [], "line 1: row 1 is an integer, not a map"),
      ("{\"a\": 1}\n{\"a\": [2]}", [], "line 2: 'a' of this row is a list"),
      ("{\"a\": 1}\n{\"a\": \"x\"}", [], "line 2: column 'a' holds an integer and a string"),
      ("a\n1\n\nx\n", [Column("a", .int)], "line 4: 'x' in column 'a' is no int"),
      ("a\n1\n", [Column("b", .int)], "line 1: there is no column 'b'"),
      ("a,b\n1,2\n", [Column("b", .int)], "line 1: the column 'a' is not declared"),
    ] as [(String, [Column], String)])
  func whatCannotBeReadIsNamedByLine(text: String, columns: [Column], message: String) {
    let problem = #expect(throws: WrittenRows.Problem.self) {
      try Self.table(text, columns: columns)
    }
    #expect(problem?.description == message)
  }
}
