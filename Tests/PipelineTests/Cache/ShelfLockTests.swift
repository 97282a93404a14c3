import Foundation
import Pipeline
import Testing

/// Who stores and who removes wait for each other.
@Suite struct ShelfLockTests {
  private let folder: TemporaryFolder
  private let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(folder.workspace)
  }

  /// A lock as another process holds it.
  private func hold(_ path: String, _ mode: Int32) throws -> Int32 {
    let descriptor = open(path, O_RDONLY)
    try #require(flock(descriptor, mode | LOCK_NB) == 0)
    return descriptor
  }

  private func inBackground(_ body: @escaping @Sendable () -> Void) -> DispatchSemaphore {
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      body()
      isDone.signal()
    }
    return isDone
  }

  /// Returns when somebody else has the lock in a mode that excludes this one.
  private func waitUntilTaken(_ path: String, against mode: Int32) {
    let descriptor = open(path, O_RDONLY)
    while flock(descriptor, mode | LOCK_NB) == 0 {
      flock(descriptor, LOCK_UN)
      sched_yield()
    }
    close(descriptor)
  }

  /// New results do not come in before one who waits to be alone.
  @Test func whoWaitsToBeAloneIsNext() throws {
    _ = try store.compute("old", ["out": largeText])
    let shelf = try hold(folder.workspace.shelves, LOCK_SH)
    let entries = try store.entries()
    let order = Collected<String>()
    let removal = inBackground { [store] in
      if (try? store.remove(entries).keys) == ["old"] { order.append("removed") }
    }
    waitUntilTaken(folder.workspace.locks, against: LOCK_SH)
    let storing = inBackground { [store] in
      if (try? store.compute("new", ["out": largeText]).computed) != nil { order.append("stored") }
    }
    #expect(order.values.isEmpty)
    close(shelf)
    removal.wait()
    storing.wait()
    #expect(Set(order.values) == ["removed", "stored"])
    #expect(try store.action("old") == nil && store.action("new") != nil)
    #expect(try store.data(of: SHA256.hex(of: largeText)) == Data(largeText.utf8))
  }

  /// The files that a collection looks for are listed while others store.
  @Test func leftoversAreListedWithoutTheLock() throws {
    let shelf = try hold(folder.workspace.shelves, LOCK_EX)
    defer { close(shelf) }
    #expect(try store.planCollection(CollectionPolicy()).leftovers.isEmpty)
  }
}
