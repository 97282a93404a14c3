import Foundation

/// The stored results of one experiment: `results/<experiment>/<run>/` and the link `latest`.
///
///     tables/<name>.{csv,json,md}   figures/<name>.{svg,png}   long/<stage>.<output>.json
///     expectations.{json,md}        summary.md   views.json    run.json   report.html
///
/// All but `run.json` and `report.html` depend on the results alone: equal results give equal bytes.
package struct ResultsFolder: Sendable {
  package let url: URL

  /// - Parameters:
  ///   - root: the folder `results`.
  ///   - experiment: name of the experiment.
  package init(root: URL, experiment: String) {
    url = root.appending(path: experiment)
  }

  /// The folder itself.
  package init(url: URL) {
    self.url = url
  }

  // MARK: Writing

  /// Writes a run: into a hidden folder first, which then takes its name in one step.
  ///
  /// - Returns: the run's folder.
  /// - Throws: ``StageFailure`` of class `environment` when the folder cannot be written.
  @discardableResult
  package func write(
    _ document: RunDocument, report: RunReport, instances: [InstanceResult]
  ) throws(StageFailure) -> URL {
    let runID = document.run
    let target = url.appending(path: runID)
    if FileManager.default.fileExists(atPath: target.path) {
      throw StageFailure(
        .environment, at: target.path, "a run of this name is stored already",
        fix: "remove it, or run again under another name")
    }
    let mark = "tmp-\(ProcessInfo.processInfo.processIdentifier)"
    let scratch = url.appending(path: ".\(runID).\(mark)")
    defer { Files.removeTree(scratch.path) }
    do throws(FileError) {
      for (path, pieces) in files(document, report, instances) {
        let file = scratch.appending(path: path)
        try Files.createFolder(file.deletingLastPathComponent().path)
        try Files.write(pieces: pieces(), to: file.path)
      }
      try Files.rename(scratch.path, to: target.path)
      try Files.replaceLink(
        url.appending(path: "latest").path,
        scratch: url.appending(path: ".latest.\(runID).\(mark)").path, target: runID)
    } catch {
      throw StageFailure(
        .environment, at: url.path, "results cannot be written: \(error.reason)",
        why: "every run stores its tables, figures and verdicts there",
        fix: "make the folder writable, free some space, or name another one with --output DIR")
    }
    return target
  }

  /// Removes what processes left behind that died while they wrote, `.RUN.tmp-PID`, a day later:
  /// on a shared disk nobody can tell sooner whether one of another machine still writes.
  ///
  /// - Parameter now: what the age counts to.
  package func removeLeftovers(now: Date = Date()) {
    let horizon = now.addingTimeInterval(-86_400)
    for name in Files.names(in: url.path)
    where name.hasPrefix(".") && name.contains(".tmp-") {
      let path = url.appending(path: name).path
      let facts = try? FileManager.default.attributesOfItem(atPath: path)
      if let changed = facts?[.modificationDate] as? Date, changed < horizon {
        Files.removeTree(path)
      }
    }
  }

  /// Every file, its content made when it is asked for: of a large run they need not be in memory
  /// together.
  private func files(
    _ document: RunDocument, _ report: RunReport, _ instances: [InstanceResult]
  ) -> [(path: String, pieces: () -> any Sequence<Data>)] {
    var files: [(path: String, pieces: () -> any Sequence<Data>)] = []
    func data(_ path: String, _ content: @escaping () -> Data) {
      files.append((path, { CollectionOfOne(content()) }))
    }
    func text(_ path: String, _ content: @escaping () -> String) {
      data(path) { Data(content().utf8) }
    }
    for table in report.tables {
      text("tables/\(table.name).csv") { table.separated(by: .comma) }
      text("tables/\(table.name).json") { table.jsonValue.indentedJSON }
      text("tables/\(table.name).md") { table.markdown }
    }
    text("expectations.json") { Value.list(report.expectations.map(\.jsonValue)).indentedJSON }
    text("expectations.md") { ExpectationResult.markdown(report.expectations) }
    text("summary.md") { report.summaryMarkdown(document.provenance) }
    text("views.json") { StoredViews(report).jsonValue.indentedJSON }
    // Where all of a large run came from the store, the page is left to `pipeline report`: it would
    // take longer than the run.
    if document.instances.count <= 100
      || document.instances.contains(where: { $0.startedSeconds != nil })
    {
      text("report.html") {
        do throws(StageFailure) {
          return try RunPage(document, report: report, instances: instances).html()
        } catch { return RunPage.refusal(error) }
      }
    }
    files.append(("run.json", { document.json }))
    for figure in report.figures { data("figures/" + figure.fileName) { figure.data } }
    for (stage, output) in longTables(instances, readBy: report) {
      guard let long = LongTable(stage: stage, output: output, instances: instances) else {
        continue
      }
      data("long/\(stage).\(output).json") { long.table.canonicalData }
    }
    return files
  }

  /// A longer table is kept only when a table or a plot is made of it: what passes from stage to
  /// stage, a row for each area say, stays in the cache.
  private static let unreadCells = 20_000

  /// The tables that instances left and that are kept, each name once.
  private func longTables(
    _ instances: [InstanceResult], readBy report: RunReport
  ) -> [(stage: String, output: String)] {
    var names: [(stage: String, output: String)] = []
    var cells: [String: Int] = [:]
    for instance in instances {
      for (output, table) in instance.tables.sorted(by: { $0.key < $1.key }) {
        let name = "\(instance.stage).\(output)"
        if cells[name] == nil { names.append((instance.stage, output)) }
        cells[name, default: 0] += table.rows.count * table.columns.count
      }
    }
    return names.filter { stage, output in
      let name = "\(stage).\(output)"
      return report.sources.contains(name) || cells[name] ?? 0 <= Self.unreadCells
    }
  }
}
