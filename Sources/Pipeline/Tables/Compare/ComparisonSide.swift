import Foundation

/// Something with tables that can be compared: a run, a baseline, or a file with a table.
package struct ComparisonSide: Sendable {
  /// How it is called in messages.
  package let name: String
  package let tables: [PivotTable]
  /// What is known of it besides its numbers.
  package let facts: [RunFact]
  /// Cache keys by instance; empty when it is no run.
  package let keys: [String: String]
  /// The header and the rows of a CSV file, which says neither what names its rows nor what is
  /// measured in them.
  private var csv: [[String]]?

  package init(_ run: StoredResults) throws(StageFailure) {
    name = "\(run.document.experiment.name)/\(run.run)"
    tables = try run.tables()
    facts = run.document.facts
    keys = Dictionary(run.document.instances.map { ($0.id, $0.key) }, uniquingKeysWith: { $1 })
  }

  package init(_ baseline: Baseline, name: String) {
    self.name = name
    tables = baseline.tables
    facts =
      [
        RunFact(.experiment, "", baseline.experiment), RunFact(.profile, "", baseline.profile),
        RunFact(.numerics, "", baseline.numerics),
      ]
      + baseline.parameters.sorted { $0.key < $1.key }.map {
        RunFact(.parameter, $0.key, $0.value.canonicalJSON)
      }
      + baseline.datasets.sorted { $0.key < $1.key }.map { RunFact(.data, $0.key, $0.value) }
    keys = [:]
  }

  /// Reads a file: a baseline, a stored table view, a canonical long table, or CSV with a header.
  ///
  /// In long tables and CSV, a column of whole texts names the row and a column of numbers is
  /// compared; `name` of the table is the file's name without its ending. What CSV leaves out is
  /// taken from a table that it is held against.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when it is none of these.
  package init(file: String) throws(StageFailure) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw StageFailure(
        .environment, at: file, "the file cannot be read",
        fix: "name a stored run, a baseline (.json), or a table (.json, .csv)")
    }
    let url = URL(filePath: file)
    let table = url.deletingPathExtension().lastPathComponent
    if url.pathExtension == "csv" {
      try self.init(csv: String(decoding: data, as: UTF8.self), table: table, file: file)
      return
    }
    guard let value = try? Value(json: data) else { throw Self.unknown(file) }
    if let baseline = Baseline(jsonValue: value) {
      self.init(baseline, name: file)
    } else if let pivot = PivotTable(jsonValue: value) {
      self.init(name: file, table: pivot)
    } else if let long = try? Table(canonicalData: data) {
      let rows = long.rows.map { $0.map(\.plainText) }
      let places = long.columns.indices
      self.init(
        name: file,
        table: PivotTable(
          flat: long.columns.map(\.name), rows,
          labels: places.filter { long.columns[$0].kind == .string },
          numbers: places.filter { long.columns[$0].kind != .string }, name: table,
          directions: long.columns.map(\.direction)))
    } else {
      throw Self.unknown(file)
    }
  }

  private init(name: String, table: PivotTable) {
    self.name = name
    tables = [table]
    facts = []
    keys = [:]
  }

  private init(csv: String, table: String, file: String) throws(StageFailure) {
    let lines = SeparatedValues.lines(csv)
    guard let header = lines.first, lines.allSatisfy({ $0.count == header.count }) else {
      throw StageFailure(
        .environment, at: file, "this is not a table: its lines differ in their number of fields",
        fix: "a header and rows of as many fields, separated by commas")
    }
    let rows = Array(lines.dropFirst())
    let texts = header.indices.filter { column in
      rows.contains { !$0[column].isEmpty && Double($0[column]) == nil }
    }
    // A first column of numbers names the rows, too, when there is no text to do so.
    let labels = texts.isEmpty ? [0] : texts
    self.init(
      name: file,
      table: PivotTable(
        flat: header, rows, labels: labels,
        numbers: header.indices.filter { !labels.contains($0) }, name: table,
        directions: header.map { _ in .none }))
    self.csv = lines
  }

  /// This side as it is to be held against another one: CSV beside a table is read as that table
  /// is written to CSV, and a table beside CSV gives what its CSV holds.
  func matched(to other: ComparisonSide) -> ComparisonSide {
    if csv == nil, let theirs = other.tables.first, other.csv != nil {
      let partner = tables.count == 1 ? tables.first : tables.first { $0.name == theirs.name }
      return partner.map { ComparisonSide(name: name, table: $0.flattened) } ?? self
    }
    guard let csv, other.csv == nil, let own = tables.first,
      let table = other.tables.count == 1
        ? other.tables.first : other.tables.first(where: { $0.name == own.name })
    else { return self }
    return ComparisonSide(name: name, table: PivotTable(csv: csv, writtenAs: table) ?? own)
  }

  private static func unknown(_ file: String) -> StageFailure {
    StageFailure(
      .environment, at: file, "this is no baseline and no table",
      why: "compared are runs, baselines (results --export-baseline), tables as JSON or CSV",
      fix: "name a run's folder, or one of its files below tables or long")
  }
}
