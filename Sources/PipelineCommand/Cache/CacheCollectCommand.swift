import ArgumentParser
import Foundation
import Pipeline

struct CacheCollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Deletes results that nobody needs.",
    discussion: """
      Kept in any case: results of the last runs of each experiment and profile (--keep-runs), of \
      runs with a tag, of runs that baselines name, of runs in progress, and what is younger than \
      an hour. Without --max-size and --max-age everything else goes; with them the least recently \
      used go until the limits hold. Old logs, orphaned files and old quarantine go, too.
      """)

  @Option(
    help: ArgumentHelp("Delete only until so much is left (512MiB, 20GB).", valueName: "size"))
  var maxSize: ByteCount?

  @Option(
    help: ArgumentHelp("Delete only what was not used for so long (12h, 30d).", valueName: "age"))
  var maxAge: Seconds?

  @Option(help: "How many runs of each experiment and profile keep their results.")
  var keepRuns = 10

  @OptionGroup var confirmation: Confirmation
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard keepRuns >= 0 else { throw ValidationError("--keep-runs \(keepRuns): 0 or more") }
  }

  func run() throws {
    let project = try global.makeProject()
    var policy = CollectionPolicy()
    policy.keptRunCount = keepRuns
    policy.keptRuns = project.baselineRuns
    policy.maxBytes = maxSize?.bytes
    policy.maxAge = maxAge?.value
    if confirmation.isDryRun {
      try report(project.openHistory().planCollection(policy), isDone: false)
      return
    }
    let store = try project.changeStore()
    let plan = try store.planCollection(policy)
    // What else goes, rows that nothing names and forgotten runs, is nobody's loss.
    if !plan.entries.isEmpty || !plan.leftovers.isEmpty {
      let size = ByteCount.text(plan.freedBytes + plan.leftoverBytes)
      let question =
        "delete \(counted(plan.entries.count, "result")) and "
        + "\(counted(plan.leftovers.count, "old file")), \(size)?"
      guard try confirmation.isGiven(for: question) else { return }
    }
    try report(store.collect(plan, policy), isDone: true)
  }

  private func report(_ collection: GarbageCollection, isDone: Bool) throws {
    if let note = collection.note { Terminal.standardError.write("note: \(note)\n") }
    if global.json {
      print(json(collection, isDone: isDone).canonicalJSON)
      return
    }
    if global.quiet { return }
    if !isDone {
      for entry in collection.entries {
        print(
          "delete  \(entry.name)  \(ByteCount.text(entry.byteCount)), "
            + "last used \(CacheListCommand.day(entry.lastUsed))")
      }
    }
    let left = collection.storedBytes - collection.freedBytes
    print(
      """
      \(isDone ? "deleted" : "would delete") \(counted(collection.entries.count, "result")) \
      (\(ByteCount.text(collection.freedBytes))) and \
      \(counted(collection.leftovers.count, "old file")) (\(ByteCount.text(collection.leftoverBytes))); \(ByteCount.text(left)) stay
      """)
    if let limit = maxSize?.bytes, left > limit {
      print(
        """
        note: that is more than \(ByteCount.text(limit)): runs that are kept need \
        \(ByteCount.text(collection.keptBytes)); lower --keep-runs to delete more
        """)
    }
  }

  private func json(_ collection: GarbageCollection, isDone: Bool) -> Value {
    .map([
      "deleted": .bool(isDone), "results": .list(collection.entries.map(\.jsonValue)),
      "freed_bytes": .int(collection.freedBytes), "kept_bytes": .int(collection.keptBytes),
      "stored_bytes": .int(collection.storedBytes),
      "files": .list(collection.leftovers.map { .string($0.path) }),
      "file_bytes": .int(collection.leftoverBytes),
    ])
  }
}
