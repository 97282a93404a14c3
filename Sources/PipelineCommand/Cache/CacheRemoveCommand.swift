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
    if chosen.isEverything {
      throw ValidationError("say which results: a selector ('*' for all), or --type KIND")
    }
  }

  func run() throws {
    let project = try global.makeProject()
    let store = confirmation.isDryRun ? try project.openHistory() : try project.changeStore()
    let entries = try chosen.choose(from: store.entries(), in: project)
    if confirmation.isDryRun, !global.json {
      for entry in entries { print("delete  \(entry.name)  \(ByteCount.text(entry.byteCount))") }
    }
    guard try confirmation.isGiven(for: "delete \(counted(entries.count, "result"))?") else {
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
      print("would delete \(counted(entries.count, "result"))")
      return
    }
    let left = entries.count - removed
    let note = left > 0 ? "; a run uses \(left), which stay" : ""
    print("deleted \(counted(removed, "result")), \(ByteCount.text(bytes))\(note)")
  }
}
