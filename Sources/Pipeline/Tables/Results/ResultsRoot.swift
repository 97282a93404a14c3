import Foundation

/// The folder `results`: the stored runs of all experiments.
package struct ResultsRoot: Sendable {
  package let url: URL

  package init(_ url: URL) {
    self.url = url
  }

  /// The experiments with at least one stored run, sorted by name.
  package var experiments: [ResultsFolder] {
    Files.names(in: url.path).sorted()
      .map { ResultsFolder(root: url, experiment: $0) }
      .filter { !$0.runs.isEmpty }
  }

  /// Opens the run that a person names: by nothing or `latest` (the newest of all), by an
  /// experiment (its newest), the run's name, the name given with `--name` (the newest of that name),
  /// the beginning of one, either of these behind `experiment/`, or a path to the folder of a run
  /// or an experiment.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when there is none, several, or a damaged one.
  package func open(_ name: String? = nil) throws(StageFailure) -> StoredResults {
    let experiments = self.experiments
    guard let name, name != "latest" else {
      let times = experiments.map { ($0.newestTime, $0.newest ?? "", $0) }
      guard let (_, run, newest) = times.max(by: { ($0.0, $0.1) < ($1.0, $1.1) }) else {
        throw StageFailure(
          .environment, at: url.path, "no run is stored here",
          fix: "run an experiment first: pipeline run experiments/NAME.yaml")
      }
      return try StoredResults(run, in: newest)
    }
    if let found = StoredResults.folder(atPath: name) {
      return try StoredResults(found.run, in: found.folder)
    }
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    if let folder = experiments.first(where: { $0.url.lastPathComponent == parts[0] }) {
      if parts.count == 2 { return try StoredResults(folder.run(named: parts[1]), in: folder) }
      return try StoredResults(folder.newest ?? "", in: folder)
    }
    return try open(beginning: name, in: experiments)
  }

  private func open(
    beginning name: String, in experiments: [ResultsFolder]
  ) throws(StageFailure) -> StoredResults {
    let runs = experiments.flatMap { folder in folder.runs.map { (folder: folder, run: $0) } }
    let found = ResultsFolder.fitting(name, runs, \.run)
    if found.count == 1 { return try StoredResults(found[0].run, in: found[0].folder) }
    let known = experiments.map(\.url.lastPathComponent) + runs.map(\.run)
    if found.isEmpty {
      throw StageFailure(
        .environment, at: url.path, "there is no stored run or experiment '\(name)'",
        why: known.isEmpty ? "none is stored" : "stored are " + Self.listed(known),
        fix: nearestName(to: name, in: known).map { "did you mean '\($0)'?" }
          ?? "a run is stored when it has ended; 'pipeline runs' lists those that have not")
    }
    throw StageFailure(
      .environment, at: url.path, "'\(name)' begins the names of \(found.count) runs",
      why: "they are " + Self.listed(found.map(\.run)), fix: "write more of the name")
  }

  static func listed(_ names: [String]) -> String {
    names.prefix(10).joined(separator: ", ")
      + (names.count > 10 ? " and \(names.count - 10) more" : "")
  }
}

extension StoredResults {
  /// The experiment's folder and the name of the run stored at a path, which may be a link; of an
  /// experiment's own folder the newest run.
  fileprivate static func folder(atPath path: String) -> (folder: ResultsFolder, run: String)? {
    let url = URL(filePath: path).resolvingSymlinksInPath()
    if path.contains("/") {
      // What the shell completes: results/EXPERIMENT.
      let folder = ResultsFolder(
        root: url.deletingLastPathComponent(), experiment: url.lastPathComponent)
      if let newest = folder.newest { return (folder, newest) }
    }
    guard FileManager.default.fileExists(atPath: url.appending(path: "run.json").path) else {
      return nil
    }
    let experiment = url.deletingLastPathComponent()
    let folder = ResultsFolder(
      root: experiment.deletingLastPathComponent(), experiment: experiment.lastPathComponent)
    return (folder, url.lastPathComponent)
  }
}
