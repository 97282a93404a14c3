import ArgumentParser
import Foundation
import Pipeline

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
