import Dispatch
import GRDB
import Synchronization

/// Carries out the writes of many threads in few transactions.
///
/// A thread that finds nobody at work commits its own write and, in the same transaction, all that
/// were queued up to then; the others wait for that commit. So nothing is delayed to gather more,
/// every caller returns after its write is committed, and a busy store gets long transactions by
/// itself. What is queued while a group is committed makes the next one.
///
/// A group that fails is carried out write by write, so that each caller hears of its own failure
/// only. A write may thus run more than once; it must do nothing but database statements.
final class WriteGroup: Sendable {
  /// Bounds a transaction, and with it the wait of its first caller.
  static let limit = 256

  /// One queued write.
  ///
  /// `@unchecked Sendable`: `body` and `outcome` are touched by the committing thread alone until
  /// it signals `isDone`, and by the waiting caller alone after that.
  private final class Entry: @unchecked Sendable {
    let isDurable: Bool
    /// Given up before the signal: it must not outlive the call that it came with.
    private var body: ((Database) throws -> Void)?
    var outcome: Result<Void, any Error> = .success(())
    private let isDone = DispatchSemaphore(value: 0)

    init(isDurable: Bool, _ body: @escaping (Database) throws -> Void) {
      self.isDurable = isDurable
      self.body = body
    }

    func run(_ db: Database) throws { try body?(db) }

    func finish() {
      body = nil
      isDone.signal()
    }

    func wait() { isDone.wait() }
  }

  private struct Line {
    var waiting: [Entry] = []
    var isServed = false
  }

  private let line = Mutex(Line())
  /// Runs one transaction with all of the bodies; durable if one of them has to be.
  private let commit: @Sendable (_ isDurable: Bool, (Database) throws -> Void) throws -> Void
  /// Serves what is left in the line when the thread that served it goes its way.
  private let relief = DispatchQueue(label: "writes")

  init(
    commit: @escaping @Sendable (_ isDurable: Bool, (Database) throws -> Void) throws -> Void
  ) {
    self.commit = commit
  }

  /// Returns when the write is committed; a durable one is on the disk by then.
  func perform<Result>(
    isDurable: Bool, _ body: (Database) throws -> Result
  ) throws -> Result {
    var result: Result?
    try withoutActuallyEscaping(body) { body in
      try queue(Entry(isDurable: isDurable) { result = try body($0) })
    }
    guard let result else { fatalError("a committed write has a result") }
    return result
  }

  private func queue(_ entry: Entry) throws {
    let mustServe = line.withLock { line in
      line.waiting.append(entry)
      defer { line.isServed = true }
      return !line.isServed
    }
    // The line was empty, so the first group holds our own entry.
    if mustServe, serveGroup() { relief.async { while self.serveGroup() {} } }
    entry.wait()
    try entry.outcome.get()
  }

  /// Commits the next group.
  ///
  /// - Returns: whether there is more; if not, the next caller serves.
  private func serveGroup() -> Bool {
    let group = line.withLock { line in
      let group = Array(line.waiting.prefix(WriteGroup.limit))
      line.waiting.removeFirst(group.count)
      return group
    }
    carryOut(group)
    for entry in group { entry.finish() }
    return line.withLock { line in
      line.isServed = !line.waiting.isEmpty
      return line.isServed
    }
  }

  private func carryOut(_ group: [Entry]) {
    do {
      try commit(group.contains { $0.isDurable }) { db in
        for entry in group { try entry.run(db) }
      }
    } catch {
      // Each alone would wait for the same lock for as long again.
      var isBusy = false
      if case StoreError.busy = error { isBusy = true }
      if group.count == 1 || isBusy {
        for entry in group { entry.outcome = .failure(error) }
      } else {
        for entry in group { carryOut([entry]) }
      }
    }
  }
}
