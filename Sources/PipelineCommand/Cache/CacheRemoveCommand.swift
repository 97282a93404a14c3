import ArgumentParser
import Pipeline

struct CacheRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Deletes chosen results; a run that needs them computes them again.",
    discussion: "Results that a run in progress uses are left.")

  @OptionGroup var chosen: EntryOptions
  @OptionGroup var confirmation: Confirmation
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if chosen.selectors.isEmpty, chosen.type == nil {
      throw ValidationError("say which results: a selector ('*' for all), or --type KIND")
    }
  }

  func run() throws {
    let project = try global.makeProject()
    let store = confirmation.isDryRun ? try project.openHistory() : try project.changeStore()
    let entries = try chosen.choose(from: store.entries())
    guard !entries.isEmpty else {
      throw StageFailure(
        .environment, at: project.workspace.path, "no stored result is chosen by that",
        fix: "'pipeline cache ls' lists them")
    }
    if confirmation.isDryRun, !global.json {
      for entry in entries { print("delete  \(entry.name)  \(ByteCount.text(entry.byteCount))") }
    }
    guard try confirmation.isGiven(for: "delete \(entries.count) results?") else {
      if confirmation.isDryRun { report(removed: 0, bytes: 0, of: entries) }
      return
    }
    let removed = try store.remove(entries)
    report(removed: removed.keys.count, bytes: removed.byteCount, of: entries)
  }

  private func report(removed: Int, bytes: Int, of entries: [StoredEntry]) {
    if global.json {
      print(
        Value.map([
          "chosen": .list(entries.map(\.jsonValue)), "deleted": .int(removed),
          "freed_bytes": .int(bytes),
        ]).canonicalJSON)
      return
    }
    if global.quiet { return }
    if confirmation.isDryRun {
      print("would delete \(entries.count) results")
      return
    }
    let left = entries.count - removed
    let note = left > 0 ? "; \(left) are in use by a run and stay" : ""
    print("deleted \(removed) results, \(ByteCount.text(bytes))\(note)")
  }
}
