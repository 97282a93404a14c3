import Foundation
import Pipeline

/// Columns of a comma-separated file with a header line: UTF-8, RFC 4180, an empty field for a
/// missing value. Columns that nobody asks for are passed over.
package struct CSVFile: Sendable {
  /// Larger files are refused before they are read.
  static let byteLimit = 256 << 20
  static let columnLimit = 1000
  static let rowLimit = 5_000_000

  package let name: String
  /// All column names of the header, in order.
  package let header: [String]
  /// Line of the file on which each row starts.
  package let lines: [Int]
  private let fields: [String: [String]]

  /// Reads the named columns of a file, all of them for nil.
  ///
  /// - Parameters:
  ///   - url: a file of at most 256 MiB, 1,000 columns and 5,000,000 rows.
  ///   - columns: which to keep; each must be there.
  /// - Throws: ``StageFailure`` naming the file, line, column and value at fault.
  package init(reading url: URL, columns: [String]? = nil) throws {
    let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard size <= Self.byteLimit else {
      throw StageFailure(
        at: url.lastPathComponent, "the file has \(size) bytes",
        why: "files of more than \(Self.byteLimit) bytes are not read",
        fix: "cut the columns and rows that are not needed")
    }
    try self.init(
      [UInt8](Data(contentsOf: url)), name: url.lastPathComponent, columns: columns)
  }

  /// Reads the bytes of a file; see ``init(reading:columns:)``.
  package init(_ bytes: [UInt8], name: String, columns: [String]? = nil) throws {
    self.name = name
    var reader = SeparatedReader(bytes, separator: UInt8(ascii: ","))
    func next() throws -> (line: Int, fields: [String])? {
      do {
        return try reader.nextRecord()
      } catch {
        throw StageFailure(at: "\(name):\(error.line)", error.what, fix: error.fix)
      }
    }
    guard let first = try next() else {
      throw StageFailure(
        at: name, "the file is empty", why: "the first line names the columns",
        fix: "use a file with a header line")
    }
    header = first.fields
    let places = try Self.places(of: columns ?? first.fields, in: first.fields, file: name)
    var kept = [[String]](repeating: [], count: places.count)
    var lines: [Int] = []
    while let record = try next() {
      guard record.fields.count == first.fields.count, lines.count < Self.rowLimit else {
        let isLong = lines.count >= Self.rowLimit
        throw StageFailure(
          at: "\(name):\(record.line)",
          isLong ? "there are more rows" : "the row has \(record.fields.count) fields",
          why: isLong
            ? "at most \(Self.rowLimit) are read"
            : "the header names \(first.fields.count) columns",
          fix: isLong ? "cut the file" : "quote fields that hold commas")
      }
      lines.append(record.line)
      for (index, place) in places.enumerated() { kept[index].append(record.fields[place]) }
    }
    self.lines = lines
    fields = Dictionary(
      uniqueKeysWithValues: zip(columns ?? first.fields, kept).map { ($0, $1) })
  }

  /// The column names of a file, of which only the beginning is read.
  ///
  /// - Throws: ``StageFailure`` for a file without a header within its first 64 KiB.
  package static func header(reading url: URL) throws -> [String] {
    let file = try FileHandle(forReadingFrom: url)
    defer { try? file.close() }
    let start = try file.read(upToCount: 1 << 16) ?? Data()
    // With its line end: a "\r" counts as part of one only before a "\n".
    let end = start.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? start.endIndex
    return try CSVFile([UInt8](start[..<end]), name: url.lastPathComponent, columns: []).header
  }

  package var count: Int { lines.count }

  /// The texts of a column that was read.
  package func texts(_ column: String) -> [String] {
    guard let texts = fields[column] else {
      preconditionFailure("csv: column '\(column)' of \(name) was not asked for")
    }
    return texts
  }

  /// The numbers of a column; nil for an empty field.
  ///
  /// - Throws: ``StageFailure`` for a text that is no number, and for NaN and infinities.
  package func numbers(_ column: String) throws -> [Double?] {
    try zip(texts(column), lines).map { text, line in
      if text.isEmpty { return nil }
      guard let number = Double(text), number.isFinite else {
        throw StageFailure(
          at: "\(name):\(line)", "column '\(column)' holds '\(text.prefix(40))'",
          why: "every cell of a numeric column is a finite number or empty",
          fix: "leave the field empty where the value is not known")
      }
      return number
    }
  }

  /// Which fields of a record the wanted columns are.
  private static func places(
    of columns: [String], in header: [String], file: String
  ) throws -> [Int] {
    guard header.count <= columnLimit else {
      throw StageFailure(
        at: "\(file):1", "the header names \(header.count) columns",
        why: "at most \(columnLimit) are read", fix: "cut the columns that are not needed")
    }
    var seen: Set<String> = []
    if let repeated = header.first(where: { !seen.insert($0).inserted }) {
      throw StageFailure(
        at: "\(file):1", "column '\(repeated)' is named twice",
        why: "a column is asked for by its name", fix: "rename one of the two")
    }
    return try columns.map { column in
      guard let place = header.firstIndex(of: column) else {
        let nearest = nearestName(to: column, in: header)
        let shown = header.prefix(40).joined(separator: ", ")
        throw StageFailure(
          at: "\(file):1", "there is no column '\(column)'",
          why: "the header names " + shown + (header.count > 40 ? ", ..." : ""),
          fix: nearest.map { "did you mean '\($0)'?" } ?? "add the column or name another")
      }
      return place
    }
  }
}
