import ArgumentParser
import Foundation
import Pipeline

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Shows, checks, shrinks and moves what is stored.",
    subcommands: [
      CacheInfoCommand.self, CacheListCommand.self, CacheCollectCommand.self,
      CacheVerifyCommand.self, CacheRemoveCommand.self, CacheExportCommand.self,
      CacheImportCommand.self,
    ])
}

extension Project {
  /// The store, to be changed.
  ///
  /// - Throws: ``StageFailure`` when there is none.
  func changeStore() throws -> Store {
    _ = try openHistory()
    return try Store(Workspace(workspace))
  }

  /// Runs that the baselines beside the stored results were taken from: the newest stored run of
  /// the experiment that would give the same baseline.
  var baselineRuns: Set<String> {
    let root = root.appending(path: "results")
    let results = ResultsRoot(root)
    var runs: Set<String> = []
    for experiment in FileManager.default.names(in: root) {
      let folder = ResultsFolder(root: root, experiment: experiment)
      for name in FileManager.default.names(in: folder.url)
      where name.hasPrefix("baseline") && name.hasSuffix(".json") {
        guard let baseline = try? Baseline(file: folder.url.appending(path: name).path) else {
          continue
        }
        let run = folder.runs.last { run in
          guard let stored = try? results.open("\(experiment)/\(run)") else { return false }
          return (try? Baseline(stored).jsonValue) == baseline.jsonValue
        }
        if let run { runs.insert(run) }
      }
    }
    return runs
  }
}

extension FileManager {
  fileprivate func names(in folder: URL) -> [String] {
    (try? contentsOfDirectory(atPath: folder.path)) ?? []
  }
}
