import Foundation

/// One execution of a stage for a key: who, for which run, and where it may write.
package struct Attempt: Sendable, Hashable {
  package let id: String
  package let key: String
  /// Identifier of the run's row.
  package let run: Int64
  /// The instance's name, for people.
  package let instance: String
  /// 1 for the first, more for retries.
  package let number: Int

  package init(key: String, run: Int64, instance: String, number: Int) {
    id = UUID().uuidString.lowercased()
    self.key = key
    self.run = run
    self.instance = instance
    self.number = number
  }
}

/// What came of asking the store to compute a key.
package enum Computation: Sendable {
  /// We computed it now.
  case computed(StoredAction)
  /// Another process had finished it by the time we held the lock.
  case shared(StoredAction)
  /// Another process computes it; ask again later.
  case busy
}
