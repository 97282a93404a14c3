import Foundation
import Pipeline
import Stages
import Testing

@Suite struct CSVFileTests {
  private func read(_ text: String, columns: [String]? = nil) throws -> CSVFile {
    try CSVFile(Array(text.utf8), name: "crashes.csv", columns: columns)
  }

  @Test func readsTheColumnsThatAreAskedFor() throws {
    let file = try read("a,b,c\n1,,\"x, y\"\n2.5,-3e2,\n", columns: ["b", "a"])
    #expect(file.count == 2)
    #expect(file.header == ["a", "b", "c"])
    #expect(try file.numbers("a") == [1, 2.5])
    #expect(try file.numbers("b") == [nil, -300])
    #expect(file.lines == [2, 3])
    #expect(try read("a,b\r\n1,2\r\n").texts("b") == ["2"])
  }

  /// A file of another system: the last name ends before the line does.
  @Test(arguments: ["id,POINT_Y\r\n1,2\r\n", "id,POINT_Y\n1,2\n", "id,POINT_Y"])
  func readsTheHeaderAlone(_ text: String) throws {
    let bench = try StageBench()
    let file = bench.folder.appending(path: "crashes.csv")
    try Data(text.utf8).write(to: file)
    #expect(try CSVFile.header(reading: file) == ["id", "POINT_Y"])
  }

  static let refused: [(text: String, columns: [String]?, message: String)] = [
    (
      "", nil,
      """
      crashes.csv: the file is empty
        the first line names the columns
        fix: use a file with a header line
      """
    ),
    (
      "lat,lon\n1,2\n", ["lat", "lonn"],
      """
      crashes.csv:1: there is no column 'lonn'
        the header names lat, lon
        fix: did you mean 'lon'?
      """
    ),
    (
      "a,a\n", nil,
      """
      crashes.csv:1: column 'a' is named twice
        a column is asked for by its name
        fix: rename one of the two
      """
    ),
    (
      "a,b\n1,2\n3\n", nil,
      """
      crashes.csv:3: the row has 1 fields
        the header names 2 columns
        fix: quote fields that hold commas
      """
    ),
    (
      "a\n\"x\n", nil,
      """
      crashes.csv:2: a quoted field does not end
        fix: close it
      """
    ),
    (
      "a\n1\nNaN\n", nil,
      """
      crashes.csv:3: column 'a' holds 'NaN'
        every cell of a numeric column is a finite number or empty
        fix: leave the field empty where the value is not known
      """
    ),
    (
      "a\n1e999\n", nil,
      """
      crashes.csv:2: column 'a' holds '1e999'
        every cell of a numeric column is a finite number or empty
        fix: leave the field empty where the value is not known
      """
    ),
    (
      "a\nx\n", nil,
      """
      crashes.csv:2: column 'a' holds 'x'
        every cell of a numeric column is a finite number or empty
        fix: leave the field empty where the value is not known
      """
    ),
  ]

  @Test(arguments: refused.indices) func refuses(_ index: Int) {
    let (text, columns, message) = Self.refused[index]
    #expect {
      let file = try read(text, columns: columns)
      _ = try file.numbers(file.header[0])
    } throws: {
      "\($0)" == message
    }
  }
}
