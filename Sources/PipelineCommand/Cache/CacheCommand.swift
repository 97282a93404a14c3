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

  /// Runs that baselines were taken from, by name: `"run"` in `results/*/baseline*.json`.
  var baselineRuns: Set<String> {
    let manager = FileManager.default
    let results = root.appending(path: "results")
    var runs: Set<String> = []
    for folder in (try? manager.contentsOfDirectory(atPath: results.path)) ?? [] {
      let folder = results.appending(path: folder)
      for name in (try? manager.contentsOfDirectory(atPath: folder.path)) ?? []
      where name.hasPrefix("baseline") && name.hasSuffix(".json") {
        guard let data = try? Data(contentsOf: folder.appending(path: name)),
          case .map(let baseline)? = try? Value(json: data),
          case .string(let run)? = baseline["run"]
        else { continue }
        runs.insert(run)
      }
    }
    return runs
  }
}

/// Which results, as the verbs of `cache` let them be chosen.
struct EntryOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      """
      Results: a stage or stage[axis=label,...] with * for any text, EXPERIMENT/STAGE, or 8 or more \
      digits of a key.
      """, valueName: "sel"))
  var selectors: [String] = []

  @Option(help: ArgumentHelp("Only results of this stage type.", valueName: "kind"))
  var type: String?

  /// The chosen entries, the least recently used first; all when nothing is said.
  func choose(from entries: [StoredEntry]) throws -> [StoredEntry] {
    let selectors = try selectors.map { try EntrySelector(parsing: $0) }
    return entries.filter { entry in
      (type == nil || entry.kind == type)
        && (selectors.isEmpty || selectors.contains { $0.matches(entry) })
    }
  }
}

/// Asks before something is deleted.
struct Confirmation: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(name: .customLong("dry-run"), help: "Say what would be deleted, and delete nothing.")
  var isDryRun = false

  /// Whether to go on. Where nobody can be asked, `--yes` must have been said.
  func isGiven(for question: String) throws -> Bool {
    if isDryRun { return false }
    if yes { return true }
    guard Terminal.standardOutput.isInteractive, isatty(STDIN_FILENO) == 1 else {
      throw ValidationError("nobody can be asked here: add --yes to delete, or --dry-run to look")
    }
    print("\(question) [y/N] ", terminator: "")
    fflush(nil)
    return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
  }
}
