import Foundation
import Pipeline
import Testing

@Suite struct StoreTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func smallOutputsLiveInTheDatabaseAndLargeOnesInReadOnlyFiles() throws {
    let store = try Store(folder.workspace)
    let action = try #require(
      try store.compute("k", ["small": "hello", "large": largeText]).computed)
    #expect(action.outputs.map(\.slot) == ["large", "small"])
    #expect(action.output("small")?.hash == SHA256.hex(of: "hello"))
    let hash = SHA256.hex(of: largeText)
    let path = try #require(folder.artifactFiles.first)
    #expect(folder.artifactFiles.count == 1)
    #expect(path.hasSuffix("cas/\(hash.prefix(2))/\(hash)"))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o444)
    let reader = ArtifactReader(store)
    #expect(try reader.data(hash: SHA256.hex(of: "hello")) == Data("hello".utf8))
    #expect(try reader.data(hash: hash) == Data(largeText.utf8))
    #expect(folder.names(in: "tmp").isEmpty)
  }

  @Test func aResultIsSharedUnlessForced() throws {
    let store = try Store(folder.workspace)
    #expect(try store.compute("k", ["out": "one"]).computed != nil)
    #expect(try store.compute("k", ["out": "two"]).isShared)
    #expect(try store.compute("k", ["out": "two"], force: true).computed != nil)
    #expect(try store.action("k")?.output("out")?.hash == SHA256.hex(of: "two"))
    #expect(try store.action("other") == nil)
  }

  @Test func partsAreKeptBesideTheKey() throws {
    let parts = [
      KeyParts.Part(name: "parameter.lr", value: "0.1"), KeyParts.Part(name: "type", value: "t"),
    ]
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": "x"], parts: parts)
    #expect(try store.parts(of: "k") == KeyParts(stored: parts))
    #expect(try store.parts(of: "other") == nil)
  }

  @Test func aSecondProcessFindsTheKeyBusyThenShared() throws {
    let store = try Store(folder.workspace)
    let other = try Store(folder.workspace)
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
    let attempt = Attempt(key: "k", run: run.id, instance: "i", number: 1)
    let computation = try store.compute(attempt, parts: KeyParts(stored: [])) { folder in
      let busy = try other.compute("k", ["out": "x"])
      #expect(busy.isBusy)
      let free = try other.compute("free", ["out": "x"])
      #expect(free.computed != nil)
      return ([], Cost())
    }
    #expect(computation.computed != nil)
    #expect(try other.compute("k", ["out": "x"]).isShared)
  }

  @Test func manyThreadsComputeEachKeyOnce() throws {
    let store = try Store(folder.workspace)
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p").id
    let keys = (0..<8).map { "k\($0)" }
    let results = Collected<String>()
    DispatchQueue.concurrentPerform(iterations: 64) { index in
      let key = keys[index % keys.count]
      do {
        let result = try store.compute(key, ["out": largeText + key], run: run)
        if result.computed != nil { results.append(key) }
      } catch { results.append("\(key): \(error)") }
    }
    #expect(results.values.sorted() == keys)
  }

  @Test func manyFirstOpeningsAtOnceAllSucceed() throws {
    let opened = Collected<Store>()
    let faults = Collected<String>()
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      do { opened.append(try Store(folder.workspace)) } catch { faults.append("\(error)") }
    }
    #expect(faults.values == [])
    #expect(opened.values.count == 16)
  }

  @Test func whatAStageThrowsCommitsNothing() throws {
    struct Trouble: Error {}
    let store = try Store(folder.workspace)
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
    let attempt = Attempt(key: "k", run: run.id, instance: "i", number: 1)
    #expect(throws: Trouble.self) {
      try store.compute(attempt, parts: KeyParts(stored: [])) { folder in
        try Data("half".utf8).write(to: URL(filePath: folder + "/out"))
        throw Trouble()
      }
    }
    #expect(try store.action("k") == nil)
    #expect(folder.names(in: "tmp").isEmpty)
    #expect(try store.compute("k", ["out": "x"]).computed != nil)
  }

  @Test func historyAndPreviousKeys() throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k1", ["out": "x"])
    _ = try store.compute("k2", ["out": "y"])
    for (profile, key) in [("smoke", "k1"), ("paper", "k2")] {
      let run = try store.beginRun(experiment: "e", file: "f.yaml", profile: profile)
      var row = InstanceRow(position: 0, name: "stage", state: .ended(.done))
      row.key = key
      try store.endRun(run.id, state: .done, elapsedSeconds: 2, instances: [row])
    }
    #expect(
      try folder.texts("SELECT profile FROM run WHERE experiment = 'e' ORDER BY id")
        == ["smoke", "paper"])
    #expect(try store.previousKeys(experiment: "e", profile: "smoke") == ["stage": "k1"])
    #expect(try store.previousKeys(experiment: "e", profile: "new") == ["stage": "k2"])
    let last = try store.actions(ofLastRunOf: "e", profile: "smoke")
    #expect(last["k1"]?.output("out")?.hash == SHA256.hex(of: "x"))
    #expect(last.count == 1)
  }
}
