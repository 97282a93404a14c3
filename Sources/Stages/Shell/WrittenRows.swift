import Foundation
import Pipeline

/// Rows of named cells, read from what a program wrote as a table: CSV or TSV with a header line,
/// a JSON list of maps, JSON lines, or a canonical table.
package struct WrittenRows {
  package struct Problem: Error, Hashable, CustomStringConvertible {
    let line: Int
    let what: String
    var fix = ""

    package var description: String { "line \(line): \(what)" }
  }

  /// Cells are texts (from CSV) or JSON scalars.
  private struct Row {
    let line: Int
    let cells: [Value]
  }

  private var names: [String]
  private var rows: [Row] = []
  private var isText = false
  private var canonical: Table?

  /// - Throws: ``Problem`` at the first line that cannot be read.
  package init(_ bytes: [UInt8]) throws(Problem) {
    names = []
    switch bytes.first(where: { !$0.isSpace }) {
    case UInt8(ascii: "["): try readList(bytes)
    case UInt8(ascii: "{"): try readMaps(bytes)
    case nil: throw Problem(line: 1, what: "the file is empty", fix: "write at least a header line")
    default: try readSeparated(bytes)
    }
  }

  // MARK: JSON

  private mutating func readList(_ bytes: [UInt8]) throws(Problem) {
    guard case .list(let items) = try Self.json(bytes, firstLine: 1) else { return }
    try add(items.enumerated().map { (line: 1, form: $1, place: "row \($0 + 1)") })
  }

  /// A canonical table, or one map on each line.
  private mutating func readMaps(_ bytes: [UInt8]) throws(Problem) {
    if let table = try? Table(canonicalData: Data(bytes)) {
      canonical = table
      return
    }
    var maps: [(line: Int, form: Value, place: String)] = []
    for (index, line) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    )
    .enumerated() where !line.allSatisfy(\.isSpace) {
      maps.append((index + 1, try Self.json(Array(line), firstLine: index + 1), "this row"))
    }
    try add(maps)
  }

  private mutating func add(
    _ maps: [(line: Int, form: Value, place: String)]
  ) throws(Problem) {
    var found: Set<String> = []
    var fields: [(line: Int, fields: [String: Value])] = []
    for (line, form, place) in maps {
      guard case .map(let row) = form else {
        throw Problem(line: line, what: "\(place) is \(form.typeName), not a map")
      }
      found.formUnion(row.keys)
      for (name, value) in row.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .list, .map:
          throw Problem(line: line, what: "'\(name)' of \(place) is \(value.typeName)")
        default: break
        }
      }
      fields.append((line, row))
    }
    names = found.sorted()
    try checkCount()
    rows = fields.map { row in
      Row(line: row.line, cells: names.map { row.fields[$0] ?? .null })
    }
  }

  /// More could be written but not read again.
  private func checkCount() throws(Problem) {
    guard names.count > Table.columnLimit else { return }
    throw Problem(
      line: 1, what: "there are \(names.count) columns; a table has at most \(Table.columnLimit)",
      fix: "write a row for each value, with its name in a column, or declare it as file")
  }

  private static func json(_ bytes: [UInt8], firstLine: Int) throws(Problem) -> Value {
    do {
      return try Value(json: Data(bytes))
    } catch {
      let line = bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") } + firstLine
      throw Problem(line: line, what: error.what)
    }
  }

  // MARK: CSV

  private mutating func readSeparated(_ bytes: [UInt8]) throws(Problem) {
    isText = true
    let firstLine = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let separator: Unicode.Scalar =
      firstLine.contains(UInt8(ascii: "\t")) && !firstLine.contains(UInt8(ascii: ","))
      ? "\t" : ","
    var reader = SeparatedReader(bytes, separator: UInt8(ascii: separator))
    func next() throws(Problem) -> (line: Int, fields: [String])? {
      do { return try reader.nextRecord() } catch {
        throw Problem(line: error.line, what: error.what, fix: error.fix)
      }
    }
    guard let header = try next() else { return }
    names = header.fields
    try checkCount()
    for (index, name) in names.enumerated() {
      if name.isEmpty {
        throw Problem(
          line: header.line, what: "column \(index + 1) has no name", fix: "name it in the header")
      }
      if names.prefix(index).contains(name) {
        throw Problem(line: header.line, what: "there are two columns '\(name)'", fix: "rename one")
      }
    }
    while let record = try next() {
      guard record.fields.count == names.count else {
        throw Problem(
          line: record.line,
          what: "\(record.fields.count) fields, where the header has \(names.count)",
          fix: "quote fields that hold a separator")
      }
      rows.append(
        Row(line: record.line, cells: record.fields.map { $0.isEmpty ? .null : .string($0) }))
    }
  }

  // MARK: Columns

  /// The table with these columns, or, when there are none, with those that the data suggest.
  ///
  /// - Throws: ``Problem`` at a cell that does not fit, or for columns that are not as declared.
  package func table(columns declared: [Column]) throws(Problem) -> Table {
    if let canonical {
      guard declared.isEmpty || Self.agree(canonical.columns, declared) else {
        throw Problem(
          line: 1, what: "its columns are not those declared: " + Self.list(declared.map(\.name)))
      }
      return canonical
    }
    if let missing = declared.first(where: { !names.contains($0.name) }) {
      throw Problem(
        line: 1, what: "there is no column '\(missing.name)'",
        fix: "it has: \(Self.list(names)); write the declared columns")
    }
    if !declared.isEmpty, let extra = names.first(where: { !Self.has($0, declared) }) {
      throw Problem(
        line: 1, what: "the column '\(extra)' is not declared",
        fix: "add it to 'columns', which has: " + Self.list(declared.map(\.name)))
    }
    var columns: [Column] = []
    for (index, name) in names.enumerated() {
      if let known = declared.first(where: { $0.name == name }) {
        columns.append(known)
      } else {
        columns.append(Column(name, try kind(ofColumn: index)))
      }
    }
    var table = Table(columns: columns)
    for row in rows {
      var cells: [Value] = []
      for (cell, column) in zip(row.cells, columns) {
        guard let value = value(cell, column.kind) else {
          throw Problem(
            line: row.line,
            what: "'\(cell.plainText)' in column '\(column.name)' is no "
              + column.kind.rawValue, fix: "write a value of that kind, or nothing")
        }
        cells.append(value)
      }
      table.append(cells)
    }
    return table
  }

  private static func agree(_ columns: [Column], _ declared: [Column]) -> Bool {
    columns.count == declared.count
      && columns.allSatisfy { column in
        declared.contains { $0.name == column.name && $0.kind == column.kind }
      }
  }

  private static func has(_ name: String, _ columns: [Column]) -> Bool {
    columns.contains { $0.name == name }
  }

  private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

  /// The narrowest kind that holds every cell; of a column without any, `double`.
  private func kind(ofColumn index: Int) throws(Problem) -> Column.Kind {
    let order: [Column.Kind] = [.int, .double, .bool, .string]
    let cells = rows.lazy.map { (line: $0.line, cell: $0.cells[index]) }.filter { $0.cell != .null }
    if cells.isEmpty { return .double }
    if let kind = order.first(where: { kind in cells.allSatisfy { value($0.cell, kind) != nil } }) {
      return kind
    }
    let first = cells.first { _ in true }
    let other = cells.first { $0.cell.typeName != first?.cell.typeName }
    throw Problem(
      line: other?.line ?? 1,
      what: "column '\(names[index])' holds \(first?.cell.typeName ?? "") and "
        + (other?.cell.typeName ?? ""), fix: "write values of one kind")
  }

  /// A cell as a value of a kind; a number that is not finite is undefined, hence null.
  private func value(_ cell: Value, _ kind: Column.Kind) -> Value? {
    switch (cell, kind) {
    case (.null, _), (.int, .int), (.double, .double), (.bool, .bool), (.string, .string): cell
    case (.int(let number), .double): .double(Double(number))
    case (.string(let text), _) where isText: Self.value(text, kind)
    default: nil
    }
  }

  private static func value(_ text: String, _ kind: Column.Kind) -> Value? {
    switch kind {
    case .string: return .string(text)
    case .int: return Int(text).map(Value.int)
    case .double:
      guard let number = Double(text), !text.lowercased().hasPrefix("0x") else { return nil }
      return number.isFinite ? .double(number) : .null
    case .bool:
      switch text.lowercased() {
      case "true": return .bool(true)
      case "false": return .bool(false)
      default: return nil
      }
    }
  }
}

extension UInt8 {
  fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
