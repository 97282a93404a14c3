import Dispatch
import Foundation
import Synchronization

/// Keeps the instance rows of a running run in the database up to date, cheaply.
///
/// Changes are gathered for 20 ms and written in one transaction on a queue of their own, the last
/// one of each instance only. So the run never waits for them, a thousand instances that come from
/// the store cost a handful of transactions, and a reader is at most a moment behind. What cannot
/// be written stays and goes with the next group, at the latest with the end of the run.
final class LiveRows: Sendable {
  private struct State {
    var rows: [Int: InstanceRow] = [:]
    var isScheduled = false
  }

  private static let delay = DispatchTimeInterval.milliseconds(20)
  private let store: Store
  private let run: Int64
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "live rows")

  init(_ store: Store, run: Int64) {
    self.store = store
    self.run = run
  }

  func note(_ row: InstanceRow) {
    let mustSchedule = state.withLock { state in
      state.rows[row.position] = row
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if mustSchedule {
      queue.asyncAfter(deadline: .now() + LiveRows.delay) { [weak self] in self?.flush() }
    }
  }

  /// Waits for a write that is under way and gives what is not written; call it at the end.
  func rest() -> [InstanceRow] {
    queue.sync { take() }
  }

  private func flush() {
    let rows = take()
    if rows.isEmpty { return }
    do throws(StoreError) { try store.record(rows, of: run) } catch {
      state.withLock { state in
        for row in rows where state.rows[row.position] == nil { state.rows[row.position] = row }
      }
    }
  }

  /// In order of the graph, so that they are appended to the table.
  private func take() -> [InstanceRow] {
    state.withLock { state in
      state.isScheduled = false
      defer { state.rows.removeAll(keepingCapacity: true) }
      return state.rows.values.sorted { $0.position < $1.position }
    }
  }
}
