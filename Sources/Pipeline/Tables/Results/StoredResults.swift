import Foundation

/// One stored run, opened for reading.
package struct StoredResults: Sendable {
  package let folder: ResultsFolder
  /// Name of the run.
  package let run: String
  package let document: RunDocument

  /// - Parameters:
  ///   - run: name of a run that the folder stores.
  ///   - folder: of the experiment.
  /// - Throws: ``StageFailure`` of class `environment` when its `run.json` is of another format or
  ///   damaged.
  package init(_ run: String, in folder: ResultsFolder) throws(StageFailure) {
    self.folder = folder
    self.run = run
    let file = folder.url.appending(path: "\(run)/run.json")
    guard let data = try? Data(contentsOf: file), let value = try? Value(json: data) else {
      throw ResultsFolder.damaged(file)
    }
    guard let document = RunDocument(jsonValue: value) else {
      let found = value["format"]?.integer ?? 1
      if found == RunDocument.format { throw ResultsFolder.damaged(file) }
      throw StageFailure(
        .environment, at: file.path, "this run was stored in format \(found)",
        why: "this program reads format \(RunDocument.format)",
        fix: "run the experiment again: finished stages come from the store")
    }
    self.document = document
  }

  /// The run's own folder.
  package var url: URL { folder.url.appending(path: run) }

  package var tableNames: [String] { folder.tableNames(run: run) }

  /// A stored table view; errors as ``ResultsFolder/table(_:run:)``.
  package func table(_ name: String) throws(StageFailure) -> PivotTable {
    try folder.table(name, run: run)
  }

  /// All stored table views, by name.
  package func tables() throws(StageFailure) -> [PivotTable] {
    var tables: [PivotTable] = []
    for name in tableNames { tables.append(try table(name)) }
    return tables
  }

  package var longTableNames: [String] { folder.longTableNames(run: run) }

  package func longTable(_ name: String) throws(StageFailure) -> Table {
    try folder.longTable(name, run: run)
  }

  /// The axes of a long table's instances: its leading columns.
  package func axes(ofLongTable name: String) -> [String] {
    let stage = name.prefix { $0 != "." }
    return document.instances.first { $0.stage == stage }?.labels.map(\.axis) ?? []
  }

  /// File names below `figures`, sorted.
  package var figureNames: [String] {
    Files.names(in: url.appending(path: "figures").path).sorted()
  }

  /// The claims as they were judged when the run ended.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when they are not there or damaged.
  package func expectations() throws(StageFailure) -> [ExpectationResult] {
    try folder.expectations(run: run)
  }

  /// What the instances left behind, taken from the long tables: enough to evaluate tables, line
  /// plots and claims once more. Figures of stages are not among it.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when a table is damaged.
  package func instanceResults() throws(StageFailure) -> [InstanceResult] {
    var results = document.instances.map {
      InstanceResult(stage: $0.stage, labels: $0.labels, status: $0.status)
    }
    for name in longTableNames {
      guard let dot = name.lastIndex(of: ".") else { continue }
      let (stage, output) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
      let rows = try longTable(name)
      let ours = results.indices.filter {
        results[$0].stage == stage && [.ran, .cached].contains(results[$0].status)
      }
      for (index, table) in zip(ours, rows.split(by: ours.map { results[$0].labels })) {
        results[index].tables[output] = table
      }
    }
    return results
  }
}

extension Table {
  /// The rows of each instance in a long table, whose leading columns are the instance's axes.
  fileprivate func split(by labels: [[AxisLabel]]) -> [Table] {
    let axisCount = labels.first?.count ?? 0
    let rest = Array(columns.dropFirst(axisCount))
    var found: [[Value]: [[Value]]] = [:]
    for row in rows {
      found[Array(row.prefix(axisCount)), default: []].append(Array(row.dropFirst(axisCount)))
    }
    return labels.map { labels in
      Table(columns: rest, rows: found[labels.map { .string($0.label) }] ?? [])
    }
  }
}
