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

  @Option(
    help: ArgumentHelp("Only results of this stage type.", valueName: "kind"),
    completion: .stageTypes())
  var type: String?

  /// Whether it is all that there is.
  var isEverything: Bool { selectors.isEmpty && type == nil }

  /// The chosen entries, the least recently used first; all when nothing is said.
  ///
  /// - Throws: ``StageFailure`` when something is said and chooses nothing.
  func choose(from entries: [StoredEntry], in project: Project) throws -> [StoredEntry] {
    if isEverything { return entries }
    let parsed = try selectors.map { try EntrySelector(parsing: $0) }
    let chosen = entries.filter { entry in
      (type == nil || entry.kind == type)
        && (parsed.isEmpty || parsed.contains { $0.matches(entry) })
    }
    guard chosen.isEmpty else { return chosen }
    let stages = Set(entries.map { String($0.instance.prefix { $0 != "[" }) }).sorted()
    let nearest = selectors.lazy.compactMap { nearestName(to: $0, in: stages) }.first
    throw StageFailure(
      .environment, at: project.workspace.path, "no stored result is chosen by that",
      why: entries.isEmpty ? "the store is empty" : "",
      fix: nearest.map { "did you mean '\($0)'?" } ?? "'pipeline cache ls' lists all there are")
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
