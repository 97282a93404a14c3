import Foundation

/// The numbers of a run in one small text file that is kept with the sources.
///
///     {"baseline": 1, "experiment": "titim_cifar", "profile": "smoke", "parameters": {…},
///      "datasets": {…}, "numerics": "…", "tables": {"asr": {"cells": {
///        "asr[train=mix].worst": [84.7, 85.2, 500, 500], …}, …}}}
///
/// A cell is one line: its value in each group (seed), then, for a proportion, the trials behind
/// each. Keys are sorted and numbers are written exactly, so equal results give equal bytes and a
/// difference in a version history is a difference in a cell.
package struct Baseline: Sendable {
  static let format = 1

  package let experiment: String
  package let profile: String
  package let parameters: [String: Value]
  /// SHA-256 (as far as known) by name.
  package let datasets: [String: String]
  /// What the machine's arithmetic was called.
  package let numerics: String
  package let tables: [PivotTable]

  package init(_ run: StoredResults) throws(StageFailure) {
    let document = run.document
    experiment = document.experiment.name
    profile = document.experiment.profile
    parameters = Dictionary(
      document.experiment.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    datasets = Dictionary(
      document.provenance.datasets.map { ($0.name, $0.hash) }, uniquingKeysWith: { $1 })
    numerics = document.provenance.host["numerics"] ?? ""
    tables = try run.tables()
  }

  /// Where the baseline of an experiment is kept unless a place is named.
  package static func defaultPath(experiment: String, profile: String) -> String {
    "\(experiment)/baseline.\(profile).json"
  }

  package var jsonValue: Value {
    .map([
      "baseline": .int(Self.format), "experiment": .string(experiment),
      "profile": .string(profile), "parameters": .map(parameters),
      "datasets": .map(datasets.mapValues(Value.string)), "numerics": .string(numerics),
      "tables": .map(
        Dictionary(tables.map { ($0.name, $0.baselineValue) }, uniquingKeysWith: { $1 })),
    ])
  }

  /// - Returns: `nil` for anything but a baseline of this format.
  package init?(jsonValue value: Value) {
    guard value["baseline"] == .int(Self.format), let experiment = value["experiment"]?.text,
      let profile = value["profile"]?.text, case .map(let parameters)? = value["parameters"],
      let datasets = value["datasets"]?.textEntries, let numerics = value["numerics"]?.text,
      case .map(let entries)? = value["tables"]
    else { return nil }
    let dataset = DatasetReference(name: datasets.keys.sorted().first ?? "", hash: "")
    let tables = entries.keys.sorted().compactMap { name in
      entries[name].flatMap { PivotTable(baselineValue: $0, name: name, dataset: dataset) }
    }
    guard tables.count == entries.count else { return nil }
    self.experiment = experiment
    self.profile = profile
    self.parameters = parameters
    self.datasets = datasets
    self.numerics = numerics
    self.tables = tables
  }

  /// Reads a baseline file.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when there is none or it is damaged.
  package init(file: String) throws(StageFailure) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw StageFailure(
        .environment, at: file, "there is no baseline",
        why: "a baseline holds the numbers that later runs are compared with",
        fix: "write it from a good run: pipeline results RUN --export-baseline \(file)")
    }
    guard let value = try? Value(json: data), let baseline = Baseline(jsonValue: value) else {
      throw StageFailure(
        .environment, at: file, "this is not a baseline of format \(Self.format)",
        fix: "write it again: pipeline results RUN --export-baseline \(file)")
    }
    self = baseline
  }
}

extension PivotTable {
  fileprivate var baselineValue: Value {
    var lines: [String: Value] = [:]
    for row in rows.indices {
      for column in columns.indices {
        let cell = cells[row][column]
        let values = cell.values.map { $0.map(Value.double) ?? .null }
        lines[address(row: row, column: column).description] = .list(
          values + cell.trials.map(Value.int))
      }
    }
    func directions(_ columns: [PivotColumn]) -> Value {
      .map(
        Dictionary(
          columns.map { ($0.value, .string($0.direction.rawValue)) }, uniquingKeysWith: { $1 }))
    }
    func list(_ texts: [String]) -> Value { .list(texts.map(Value.string)) }
    let entries: [String: Value] = [
      "cells": .map(lines), "rows": list(rowAxes), "columns": list(columnAxes),
      "over": list(groupAxes), "groups": list(groups), "unit": .string(unit),
      "scale": .double(scale),
      "values": directions(columns.filter { !$0.isDerived }),
      "derived": directions(columns.filter(\.isDerived)),
    ]
    return .map(entries.merging(numbers.jsonEntries) { $1 })
  }

  fileprivate init?(baselineValue value: Value, name: String, dataset: DatasetReference) {
    guard case .map(let lines)? = value["cells"], let rowAxes = value["rows"]?.texts,
      let columnAxes = value["columns"]?.texts, let over = value["over"]?.texts,
      let groups = value["groups"]?.texts, let unit = value["unit"]?.text,
      let scale = value["scale"]?.number, let numbers = NumberStyle(jsonValue: value),
      let values = value["values"]?.textEntries, let derived = value["derived"]?.textEntries
    else { return nil }
    var rows: [[String]] = []
    var columns: [PivotColumn] = []
    var found: [[String]: [PivotColumn: PivotCell]] = [:]
    for text in lines.keys.sorted() {
      guard let expression = try? CellExpression(parsing: text), expression.view == name,
        let items = lines[text]?.items,
        items.count == groups.count || items.count == 2 * groups.count
      else { return nil }
      let labels = Dictionary(
        expression.terms.map { ($0.axis, $0.labels[0]) }, uniquingKeysWith: { $1 })
      let row = rowAxes.compactMap { labels[$0] }
      let place = columnAxes.compactMap { labels[$0] }
      guard row.count == rowAxes.count, let only = expression.column ?? values.keys.first,
        let direction = (derived[only] ?? values[only]).flatMap(Column.Direction.init)
      else { return nil }
      let heading = place + (place.isEmpty || values.count > 1 ? [only] : [])
      let column = PivotColumn(
        labels: place, value: only, isDerived: derived[only] != nil, direction: direction,
        heading: heading.joined(separator: " "))
      if !rows.contains(row) { rows.append(row) }
      if !columns.contains(column) { columns.append(column) }
      found[row, default: [:]][column] = PivotCell(
        values: items.prefix(groups.count).map(\.number),
        trials: items.dropFirst(groups.count).compactMap(\.integer))
    }
    let absent = PivotCell(values: groups.map { _ in nil })
    self.init(
      name: name, title: name, source: "", filters: [], dataset: dataset, rowAxes: rowAxes,
      columnAxes: columnAxes, groups: groups, groupAxes: over, unit: unit, scale: scale,
      numbers: numbers, showsSpread: false, bestIsHigher: nil, rows: rows, columns: columns,
      cells: rows.map { row in columns.map { found[row]?[$0] ?? absent } })
  }
}
