import Foundation
import Pipeline

/// `results/<experiment>/sweeps/<name>/`: the table of trials, and below `trials` the stored
/// results of each.
struct SweepFolder: Sendable {
  let url: URL
  let name: String

  init(_ experiment: URL, name: String) {
    self.name = name
    url = experiment.appending(path: "sweeps/\(name)")
  }

  /// What stands at the head of the document.
  func context(_ experiment: Experiment) -> [String: Value] {
    [
      "sweep": .string(name), "experiment": .string(experiment.name),
      "spec": .string(experiment.file), "profile": .string(experiment.profile),
      "folder": .string(url.path),
    ]
  }

  /// Stores the table in its three forms, each in one step.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  func write(_ report: SweepReport, _ experiment: Experiment) throws {
    let document = report.jsonValue(context(experiment)).indentedJSON
    try OutputFile(url.appending(path: "sweep.json").path).write(document)
    try OutputFile(url.appending(path: "trials.csv").path).write(report.csv)
    try OutputFile(url.appending(path: "trials.md").path).write(report.markdown)
  }

  /// Removes stored results of trials that ran again since.
  func prune(keeping runs: Set<String>) {
    let trials = url.appending(path: "trials")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: trials.path)) ?? []
    for name in names where !runs.contains(name) && name != "latest" && !name.hasPrefix(".") {
      try? FileManager.default.removeItem(at: trials.appending(path: name))
    }
  }
}
