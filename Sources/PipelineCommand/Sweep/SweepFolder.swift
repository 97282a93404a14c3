import Foundation
import Pipeline

/// `results/<experiment>/sweeps/<name>/`: the table of trials, and below `trials` the stored
/// results of each.
struct SweepFolder: Sendable {
  let url: URL
  let name: String
  private let experiment: Experiment
  private let fixed: [String]

  /// - Parameters:
  ///   - results: the experiment's folder of stored results.
  ///   - name: of the sweep.
  ///   - experiment: what the trials are runs of.
  ///   - fixed: what is the same in every trial, as written.
  init(_ results: URL, name: String, experiment: Experiment, fixed: [String]) {
    self.name = name
    self.experiment = experiment
    self.fixed = fixed
    url = results.appending(path: "sweeps/\(name)")
  }

  /// The trials' stored results.
  var results: ResultsFolder { ResultsFolder(root: url, experiment: "trials") }

  /// Tells a trial's run from others in the history.
  var tags: [String: String] { ["sweep": name] }

  /// What stands at the head of the document.
  var context: [String: Value] {
    [
      "sweep": .string(name), "experiment": .string(experiment.name),
      "spec": .string(experiment.file), "profile": .string(experiment.profile),
      "fixed": .list(fixed.map(Value.string)), "folder": .string(url.path),
    ]
  }

  /// Stores the table in its three forms, each in one step.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  func write(_ report: SweepReport) throws {
    let document = report.jsonValue(context).indentedJSON
    try OutputFile(url.appending(path: "sweep.json").path).write(document)
    try OutputFile(url.appending(path: "trials.csv").path).write(report.csv)
    try OutputFile(url.appending(path: "trials.md").path).write(report.markdown)
  }

  /// The stored run of each point in the table that lies here, if it is one of the same sweep;
  /// empty otherwise.
  func storedRuns() -> [[String: String]: String] {
    guard let data = try? Data(contentsOf: url.appending(path: "sweep.json")),
      let document = try? Value(json: data),
      ["experiment", "spec", "profile", "fixed"].allSatisfy({ document[$0] == context[$0] }),
      let trials = document["trials"]?.items
    else { return [:] }
    var runs: [[String: String]: String] = [:]
    for trial in trials {
      if let point = trial["parameters"]?.textEntries, let run = trial["run"]?.text {
        runs[point] = run
      }
    }
    return runs
  }

  /// Removes the stored results of trials that ran again, and nothing else.
  ///
  /// - Parameters:
  ///   - earlier: what ``storedRuns()`` gave before the trials ran.
  ///   - report: the trials that ran.
  func prune(_ earlier: [[String: String]: String], replacedBy report: SweepReport) {
    for trial in report.trials {
      let point = Dictionary(
        zip(report.dimensions, trial.point), uniquingKeysWith: { first, _ in first })
      guard let run = earlier[point], run != trial.run, !run.isEmpty, !run.hasPrefix("."),
        !run.contains("/")
      else { continue }
      try? FileManager.default.removeItem(at: results.url.appending(path: run))
    }
  }
}
