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
  /// compared; `name` of the table is the file's name without its ending.
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
      let texts = Set(long.columns.indices.filter { long.columns[$0].kind == .string })
      self.init(
        name: file,
        table: PivotTable(
          flat: long.columns.map(\.name), rows, texts: texts, name: table,
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
    let texts = Set(
      header.indices.filter { column in
        rows.contains { !$0[column].isEmpty && Double($0[column]) == nil }
      })
    // A first column of numbers names the rows, too, when there is no text to do so.
    self.init(
      name: file,
      table: PivotTable(
        flat: header, rows, texts: texts.isEmpty ? [0] : texts, name: table,
        directions: header.map { _ in .none }))
  }

  private static func unknown(_ file: String) -> StageFailure {
    StageFailure(
      .environment, at: file, "this is no baseline and no table",
      why: "compared are runs, baselines (results --export-baseline), tables as JSON or CSV",
      fix: "name a run's folder, or one of its files below tables or long")
  }
}

extension PivotTable {
  /// Rows of texts with a header; `texts` are the columns that name the row. Rows of equal names
  /// are numbered.
  fileprivate init(
    flat header: [String], _ rows: [[String]], texts: Set<Int>, name: String,
    directions: [Column.Direction]
  ) {
    let labels = header.indices.filter(texts.contains)
    let numbers = header.indices.filter { !texts.contains($0) }
    var names = rows.map { row in labels.map { row[$0] } }
    let isUnique = Set(names).count == names.count
    if !isUnique { names = names.enumerated().map { $1 + [String($0 + 1)] } }
    self.init(
      name: name, title: name, source: "", filters: [],
      dataset: DatasetReference(name: "", hash: ""),
      rowAxes: labels.map { header[$0] } + (isUnique ? [] : ["row"]), columnAxes: [],
      groups: [""], groupAxes: [], unit: "", scale: 1, decimals: 6, showsSpread: false,
      bestIsHigher: nil, rows: names,
      columns: numbers.map {
        PivotColumn(
          labels: [], value: header[$0], isDerived: false, direction: directions[$0],
          heading: header[$0])
      }, cells: rows.map { row in numbers.map { PivotCell(values: [Double(row[$0])]) } })
  }
}
