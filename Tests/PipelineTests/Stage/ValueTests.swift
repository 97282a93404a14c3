import Pipeline
import Testing

struct ValueTests {
  @Test(arguments: [
    (Value.null, "null"),
    (.bool(true), "true"),
    (.int(-3), "-3"),
    (.double(1), "1.0"),
    (.double(0.1), "0.1"),
    (.double(-0.0), "0.0"),
    (.double(1e300), "1e+300"),
    (.string("a\"b\\c\n\u{1}"), #""a\"b\\c\n\u0001""#),
    (.string("e\u{301}"), "\"\u{e9}\""),
    (.list([.int(1), .list([])]), "[1,[]]"),
    (.map(["b": .int(1), "a": .null]), #"{"a":null,"b":1}"#),
  ])
  func canonicalText(value: Value, expected: String) {
    #expect(value.canonicalJSON == expected)
  }

  @Test func aStringIsItsOwnPlainText() {
    #expect(Value.string("mix").plainText == "mix")
    #expect(Value.double(0.5).plainText == "0.5")
  }
}
