import Foundation
import Pipeline
import Testing

/// One altered byte anywhere in what is stored: it is noticed, or it changes nothing that counts.
@Suite struct FlippedByteTests {
  private static let texts = [
    "a": ["large": "1" + largeText, "small": "one"], "b": ["out": "two"],
    "c": ["out": "3" + largeText],
  ]

  private let folder: TemporaryFolder
  private let original: Data
  private let expected: [String: StoredAction]

  init() throws {
    folder = try TemporaryFolder()
    do {
      let store = try Store(folder.workspace)
      for (key, texts) in Self.texts {
        _ = try store.compute(
          key, texts, parts: [KeyParts.Part(name: "type", value: "\"test.fake\"")])
      }
      let run = try store.beginRun(experiment: "e", file: "f.yaml", profile: "p", instanceCount: 3)
      let rows = Self.texts.keys.sorted().enumerated().map { position, key in
        var row = InstanceRow(position: position, name: "i\(position)", state: .ended(.done))
        row.key = key
        return row
      }
      try store.endRun(run.id, state: .done, elapsedSeconds: 1, instances: rows)
      _ = try FileHashes(store).hash(of: folder.workspace.root.path + "/pipeline.sqlite")
      var expected: [String: StoredAction] = [:]
      for key in Self.texts.keys { expected[key] = try store.action(key) }
      self.expected = expected
    }
    // The last one to close has written everything from the log into the database itself.
    original = try Data(contentsOf: URL(filePath: folder.workspace.database))
  }

  /// Puts the store back as it was, but for one byte of the database.
  private func alter(_ offset: Int, by change: UInt8) throws {
    var data = original
    data[offset] ^= change
    for suffix in ["-wal", "-shm"] { unlink(folder.workspace.database + suffix) }
    try data.write(to: URL(filePath: folder.workspace.database))
  }

  /// Whatever else is read may be wrong, where it is only history, but is read without a trap.
  private func readHistory(_ store: Store) throws {
    _ = try store.previousKeys(experiment: "e", profile: "p")
    for run in try store.runs() {
      for row in try store.instances(of: run) { _ = try store.attempts(of: run, at: row) }
    }
    _ = try store.run(named: "latest")
    _ = try store.usage()
    _ = try store.planCollection(CollectionPolicy())
    _ = try store.abandoned()
    _ = try FileHashes(store).known(folder.workspace.database)
    for key in Self.texts.keys { _ = try store.parts(of: key) }
  }

  /// What a run would take from the store: nothing, or exactly what was stored.
  private func readEverything() throws -> Int {
    let store = try Store(folder.workspace)
    var hits = 0
    for (key, action) in try store.actions(ofLastRunOf: "e", profile: "p") {
      #expect(action == expected[key])
    }
    for (key, texts) in Self.texts {
      guard let action = try store.action(key) else { continue }
      #expect(action == expected[key])
      for output in action.outputs {
        let content = Result { try store.data(of: output.hash) }
        switch content {
        case .success(let data):
          #expect(data == Data((texts[output.slot] ?? "").utf8))
          hits += 1
        case .failure(StoreError.damagedArtifact):
          #expect(try store.action(key) == nil)
        case .failure(let error): throw error
        }
      }
    }
    try readHistory(store)
    return hits
  }

  /// Spread over all pages, at offsets that do not repeat within a page.
  @Test(arguments: [UInt8(0x01), 0x80, 0xff])
  func aByteOfTheDatabaseNeverChangesAResult(change: UInt8) throws {
    var outcomes: [String: Int] = [:]
    for offset in stride(from: 0, to: original.count, by: 331) {
      try alter(offset, by: change)
      do {
        let hits = try readEverything()
        outcomes[hits == 4 ? "unchanged" : "fewer hits", default: 0] += 1
      } catch let error as StoreError {
        #expect(error.exitStatus == .damaged || error.exitStatus == .environment, "at \(offset)")
        outcomes["refused", default: 0] += 1
      }
    }
    #expect(outcomes["unchanged", default: 0] > 0 && outcomes.count > 1, "\(outcomes)")
  }

  @Test func anAlteredRowIsNoResult() throws {
    let hash = SHA256.hex(of: "two")
    let place = try #require(original.range(of: Data(hash.utf8)))
    // Every place where the hash stands; each alone must not give another result.
    var offset = Optional(place.lowerBound)
    var count = 0
    while let found = offset {
      try alter(found + 5, by: 1)
      _ = try? readEverything()
      count += 1
      offset = original.range(of: Data(hash.utf8), in: found + 1..<original.count)?.lowerBound
    }
    #expect(count >= 3)
  }
}
