import Foundation
import Pipeline

/// A file of comma-separated numbers with a header line, as the benchmark files are.
struct NumberTable {
  let columns: [String]
  /// Row-major; NaN for an empty field.
  let values: [Double]
  let file: String

  var count: Int { columns.isEmpty ? 0 : values.count / columns.count }

  /// Reads a file.
  ///
  /// - Throws: ``StageFailure`` naming file, line and column of what is no number.
  init(reading file: HashedFile) throws {
    self.file = file.name
    let text = try String(contentsOf: file.url, encoding: .utf8)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: true)[...]
    guard let header = lines.popFirst() else {
      throw StageFailure(
        at: file.name, "the file is empty", why: "its first line names the columns")
    }
    columns = header.split(separator: ",").map(String.init)
    var values: [Double] = []
    values.reserveCapacity(lines.count * columns.count)
    for (index, line) in lines.enumerated() {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields.count == columns.count else {
        throw StageFailure(
          at: "\(file.name):\(index + 2)", "\(fields.count) fields",
          why: "the header names \(columns.count) columns",
          fix: "get the file again; it may have been cut short")
      }
      for (column, field) in fields.enumerated() {
        guard let number = field.isEmpty ? Double.nan : Double(field),
          field.isEmpty || number.isFinite
        else {
          throw StageFailure(
            at: "\(file.name):\(index + 2)", "column \(columns[column]): '\(field)'",
            why: "expected a finite number or nothing", fix: "mend or drop the line")
        }
        values.append(number)
      }
    }
    self.values = values
  }

  /// The numbers of a column.
  ///
  /// - Throws: ``StageFailure`` when the file has no such column.
  func column(_ name: String) throws -> [Double] {
    guard let index = columns.firstIndex(of: name) else {
      let nearest = nearestName(to: name, in: columns)
      throw StageFailure(
        at: file, "there is no column '\(name)'",
        why: "the header names " + columns.joined(separator: ", "),
        fix: nearest.map { "did you mean '\($0)'?" } ?? "")
    }
    return stride(from: index, to: values.count, by: columns.count).map { values[$0] }
  }

  /// Row-major numbers of some columns.
  func rows(_ names: [String]) throws -> [Float] {
    let parts = try names.map(column)
    return (0..<count).flatMap { row in parts.map { Float($0[row]) } }
  }
}
