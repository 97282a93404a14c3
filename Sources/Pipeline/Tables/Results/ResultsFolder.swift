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
      for (path, data) in files(document, report, instances) {
        let file = scratch.appending(path: path)
        try Files.createFolder(file.deletingLastPathComponent().path)
        try Files.write(data, to: file.path)
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

  private func files(
    _ document: RunDocument, _ report: RunReport, _ instances: [InstanceResult]
  ) -> [(path: String, data: Data)] {
    var files: [(String, String)] = []
    for table in report.tables {
      files.append(("tables/\(table.name).csv", table.separated(by: .comma)))
      files.append(("tables/\(table.name).json", table.jsonValue.indentedJSON))
      files.append(("tables/\(table.name).md", table.markdown))
    }
    let verdicts = Value.list(report.expectations.map(\.jsonValue))
    files.append(("expectations.json", verdicts.indentedJSON))
    files.append(("expectations.md", ExpectationResult.markdown(report.expectations)))
    files.append(("summary.md", report.summaryMarkdown(document.provenance)))
    files.append(("views.json", StoredViews(report).jsonValue.indentedJSON))
    // Where all of a large run came from the store, the page is left to `pipeline report`: it would
    // take longer than the run.
    if document.instances.count <= 100
      || document.instances.contains(where: { $0.startedSeconds != nil })
    {
      do throws(StageFailure) {
        files.append(("report.html", try RunPage(document, report: report).html()))
      } catch {
        files.append(("report.html", RunPage.refusal(error)))
      }
    }
    return files.map { ($0, Data($1.utf8)) } + [("run.json", document.json)]
      + report.figures.map { ("figures/" + $0.fileName, $0.data) } + longTables(instances)
  }

  private func longTables(_ instances: [InstanceResult]) -> [(path: String, data: Data)] {
    var names: [(stage: String, output: String)] = []
    var seen: [String: Set<String>] = [:]
    for instance in instances {
      for output in instance.tables.keys.sorted()
      where seen[instance.stage, default: []].insert(output).inserted {
        names.append((instance.stage, output))
      }
    }
    return names.compactMap { stage, output in
      LongTable(stage: stage, output: output, instances: instances).map {
        ("long/\(stage).\(output).json", $0.table.canonicalData)
      }
    }
  }
}
