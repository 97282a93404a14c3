import Foundation

/// Plans a graph against what a store holds, without running or writing anything.
package struct Planner {
  private let store: Store?
  private let dataFolders: DataFolders

  /// `store` is `nil` where there is none yet: nothing has run.
  package init(_ store: Store?, dataFolders: DataFolders) {
    self.store = store
    self.dataFolders = dataFolders
  }

  /// Says of each instance whether it would run, and why.
  ///
  /// - Throws: ``StageFailure`` when needed data is missing, ``FileError``, ``StoreError``.
  package func plan(
    _ graph: Graph, forced: Set<Int> = [], selected: Set<Int>? = nil
  ) throws -> Plan {
    let files = try hashedFiles(of: graph, selected)
    guard let store else {
      return Plan(
        graph, files: files, forced: forced, selected: selected, previous: { _ in nil },
        lookup: { _ in nil })
    }
    let experiment = graph.experiment
    let known = try store.actions(ofLastRunOf: experiment.name, profile: experiment.profile)
    let previous = try store.previousKeys(
      experiment: experiment.name, profile: experiment.profile)
    // The plan is pure and its questions cannot fail; the first failure is kept and thrown.
    var failure: StoreError?
    func answer<Value>(_ body: () throws(StoreError) -> Value?) -> Value? {
      do throws(StoreError) { return try body() } catch {
        failure = failure ?? error
        return nil
      }
    }
    let plan = Plan(
      graph, files: files, forced: forced, selected: selected,
      previous: { name in
        answer { () throws(StoreError) in
          guard let key = previous[name] else { return nil }
          return try store.parts(of: key)
        }
      },
      lookup: { key in
        answer { () throws(StoreError) in try Self.outputs(of: key, known, in: store) }
      },
      holds: { hash in
        answer { () throws(StoreError) in try store.holds(hash) } ?? true
      })
    if let failure { throw failure }
    return plan
  }

  /// The declared files of the instances, as far as they may run.
  private func hashedFiles(
    of graph: Graph, _ selected: Set<Int>?
  ) throws -> [Int: [HashedFile]] {
    var files: [Int: [HashedFile]] = [:]
    let hashes = FileHashMemo(store)
    let folders = dataFolders.remembering()
    for (index, instance) in graph.instances.enumerated() where instance.isEnabled {
      do {
        let declared = try instance.bound.files(in: folders)
        files[index] = try declared.map {
          HashedFile(name: $0.name, url: $0.url, hash: try hashes.hash(of: $0.url.path))
        }
      } catch  where selected?.contains(index) == false {
        // It does not run; without its files it has no stored result either.
      }
    }
    return files
  }

  /// The outputs stored under a key, slot by content hash.
  private static func outputs(
    of key: String, _ known: [String: StoredAction], in store: Store
  ) throws(StoreError) -> [String: String]? {
    var action: StoredAction?
    if let loaded = known[key] { action = try store.intact(loaded) }
    if action == nil { action = try store.action(key) }
    return action.map { action in
      Dictionary(
        action.outputs.map { ($0.slot, $0.hash) }, uniquingKeysWith: { first, _ in first })
    }
  }
}
