import Foundation
import Pipeline
import Testing

@Suite struct TableDataTests {
  private let table = Table(
    columns: [
      Column("row", .string), Column("n", .int),
      Column("asr", .double, unit: "fraction", direction: .higher, countColumn: "n"),
      Column("ok", .bool),
    ],
    rows: [
      [.string("mix \"é\"\n"), .int(1000), .double(0.1), .bool(true)],
      [.string(""), .null, .double(.nan), .null],
      [.string("b"), .int(-2), .int(1), .bool(false)],
    ])

  @Test func theBytesAreFixed() throws {
    let small = Table(
      columns: [Column("x", .double, help: "h")], rows: [[.int(2)], [.double(-0.0)]])
    #expect(
      String(decoding: small.canonicalData, as: UTF8.self)
        == #"{"columns":[{"count":null,"direction":"none","help":"h","kind":"double","#
        + #""name":"x","unit":""}],"rows":[[2.0],[0.0]]}"#)
  }

  @Test func whatIsWrittenReadsBack() throws {
    #expect(try Table(canonicalData: table.canonicalData) == table)
    #expect(table.rows[1][2] == .null)
    #expect(table.rows[2][2] == .double(1))
  }

  static let column =
    #"{"count":null,"direction":"none","help":"","kind":"int","name":"x","unit":""}"#

  @Test(arguments: [
    (
      "[1",
      """
      table data, byte 2: ',' or ']' is due
        expected: canonical table JSON
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
    (
      "{}",
      """
      table data, top level: this is a map of another shape
        expected: a map of the lists 'columns' and 'rows'
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
    (
      #"{"columns":[{"name":"x"}],"rows":[]}"#,
      """
      table data, column 1: its description is not sound
        expected: name, kind (string, int, double, bool), unit, direction, count and help
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
    (
      #"{"columns":[\#(column),\#(column)],"rows":[]}"#,
      """
      table data, column 2: the name 'x' is taken
        expected: one column of each name
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
    (
      #"{"columns":[\#(column)],"rows":[[1],[1,2]]}"#,
      """
      table data, row 2: it holds 2 values
        expected: a list of 1 values, one per column
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
    (
      #"{"columns":[\#(column)],"rows":[["a"]]}"#,
      """
      table data, row 1, column 'x': this is a string
        expected: null or a value of kind int
        fix: the file was not written by this program or is damaged; run the stage again
      """
    ),
  ])
  func damagedBytesAreRefused(_ text: String, _ message: String) {
    let error = #expect(throws: TableDataError.self) {
      try Table(canonicalData: Data(text.utf8))
    }
    #expect(error?.description == message)
  }
}

@Suite struct JSONReaderTests {
  @Test(arguments: [
    ("[1, -2.5e3, true, null, \"a\\u00e9\\ud83d\\ude00\\n\"]", "[1,-2500.0,true,null,\"aé😀\\n\"]"),
    (" {\"b\": {}, \"a\": []} ", "{\"a\":[],\"b\":{}}"),
    ("9223372036854775807", "9223372036854775807"),
  ])
  func values(_ text: String, _ canonical: String) throws {
    #expect(try Value(json: Data(text.utf8)).canonicalJSON == canonical)
  }

  @Test(arguments: [
    ("", 0, "the text ends where a value is due"),
    ("{\"a\":1,\"a\":2}", 7, "key 'a' is repeated"),
    ("[01]", 1, "'01' is not a number within range"),
    ("[--1]", 1, "'--1' is not a number within range"),
    ("9223372036854775808", 0, "'9223372036854775808' is not a number within range"),
    ("1e999", 0, "'1e999' is not a number within range"),
    ("[[[[1]]]]", 3, "nesting is deeper than 3"),
    ("\"a", 0, "the string does not end"),
    ("\"\\ud800\"", 7, "half a surrogate pair"),
    ("1 2", 2, "text follows the document"),
    ("nul", 0, "'null' is due"),
  ])
  func refusals(_ text: String, _ offset: Int, _ what: String) {
    let error = #expect(throws: JSONError.self) {
      try Value(json: Data(text.utf8), maxDepth: 3)
    }
    #expect(error?.offset == offset)
    #expect(error?.what == what)
  }
}
