import Foundation
import Pipeline
import Testing

@Suite struct ManifestTests {
  private static let parts = KeyParts(stored: [KeyParts.Part(name: "type", value: "\"test.fake\"")])

  /// A store with one result whose key is that of its parts, and whose text is in place.
  private func store(in folder: TemporaryFolder, text: String = largeText) throws -> Store {
    let store = try Store(folder.workspace, durability: .strict)
    _ = try store.compute(
      Self.parts.key, ["large": text, "small": "s"], parts: Self.parts.parts)
    return store
  }

  private func export(from folder: TemporaryFolder) throws -> TemporaryFolder {
    let target = try TemporaryFolder()
    let transfer = try store(in: folder).export([Self.parts.key, "unknown"], to: target.url.path)
    #expect(transfer.resultCount == 1 && transfer.byteCount == largeText.utf8.count)
    return target
  }

  private func paths(below folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
      .map { folder.url.path + "/" + $0 }
      .filter { (try? Data(contentsOf: URL(filePath: $0))) != nil }.sorted()
  }

  @Test func whatIsExportedCanBeImported() throws {
    let source = try TemporaryFolder()
    let target = try TemporaryFolder()
    let exported = try export(from: source)
    let store = try Store(target.workspace)
    let transfer = try store.import(from: exported.url.path)
    #expect(transfer.resultCount == 1 && transfer.refused.isEmpty)
    let action = try #require(try store.action(Self.parts.key))
    #expect(action.outputs.map(\.slot) == ["large", "small"])
    #expect(try store.data(of: SHA256.hex(of: largeText)) == Data(largeText.utf8))
    #expect(try store.data(of: SHA256.hex(of: "s")) == Data("s".utf8))
    #expect(try store.parts(of: Self.parts.key) == Self.parts)
    #expect(try store.entries().map(\.instance) == [Self.parts.key])
    #expect(try store.import(from: exported.url.path).presentCount == 1)
  }

  /// Bytes of the text and of the content.
  @Test func anAlteredExportIsRefused() throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    for path in try paths(below: exported) {
      let data = try Data(contentsOf: URL(filePath: path))
      chmod(path, 0o644)
      for offset in stride(from: 0, to: data.count, by: max(1, data.count / 9)) {
        var altered = data
        altered[offset] ^= 4
        try altered.write(to: URL(filePath: path))
        let target = try TemporaryFolder()
        let store = try Store(target.workspace)
        let transfer = try store.import(from: exported.url.path)
        #expect(transfer.resultCount == 0 && transfer.refused.count == 1)
        #expect(try store.action(Self.parts.key) == nil)
        #expect(target.artifactFiles.isEmpty)
      }
      try data.write(to: URL(filePath: path))
    }
  }

  @Test func theWordsOfARefusal() throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    let key = Self.parts.key
    let path = exported.url.path + "/manifests/\(key.prefix(2))/\(key)"
    chmod(path, 0o644)
    let target = try Store(try TemporaryFolder().workspace)
    let body = { (text: String) in Data((SHA256.hex(of: text) + "\n" + text + "\n").utf8) }
    for (data, why) in [
      (Data(), "it is cut short"), (Data("no\nmanifest\n".utf8), "it was altered"),
      (body("[]"), "it is of an unknown form"),
    ] {
      try data.write(to: URL(filePath: path))
      let refused = try target.import(from: exported.url.path).refused
      #expect(refused.map(\.name) == [key] && refused.map(\.why) == [why])
    }
  }

  /// A text in which one thing is otherwise, under a right hash of its own.
  @Test(arguments: [
    ("\"slot\":\"small\"", "\"slot\":\"large\"", "it names the output 'large' twice"),
    (
      "\"size\":1,", "\"size\":2,", "the content of 'small' is not that of its hash"
    ),
    (
      "\"contents\":{", "\"contents\":{\"\(SHA256.hex(of: "victim"))\":\"YmFk\",",
      "it has a content that no output names"
    ),
    (
      "\"contents\":{", "\"contents\":{\"\(SHA256.hex(of: largeText))\":\"YmFk\",",
      "the content of 'large' is not that of its hash"
    ),
    (
      "\"size\":\(largeText.utf8.count),", "\"size\":\(largeText.utf8.count + 1),",
      "the content of 'large' is missing or of another size"
    ),
  ])
  func aHostileTextHarmsNothing(old: String, new: String, why: String) throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    let key = Self.parts.key
    let path = exported.url.path + "/manifests/\(key.prefix(2))/\(key)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let body = String(text.dropFirst(65).dropLast()).replacing(old, with: new)
    try #require(body.contains(new))
    chmod(path, 0o644)
    try Data((SHA256.hex(of: body) + "\n" + body + "\n").utf8).write(to: URL(filePath: path))
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    _ = try store.compute("victim", ["out": "victim"])
    let transfer = try store.import(from: exported.url.path)
    #expect(transfer.refused.map(\.why) == [why] && transfer.resultCount == 0)
    #expect(try store.data(of: SHA256.hex(of: "victim")) == Data("victim".utf8))
    #expect(try store.action("victim") != nil)
    #expect(folder.artifactFiles.isEmpty)
  }

  /// One bad text among good ones.
  @Test func theOthersAreTakenOver() throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    let folder = exported.url.appending(path: "manifests/00").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try #require(mkfifo(folder + "/pipe", 0o600) == 0)
    try Data().write(to: URL(filePath: folder + "/vast"))
    try #require(truncate(folder + "/vast", 1 << 40) == 0)
    let target = try TemporaryFolder()
    let transfer = try Store(target.workspace).import(from: exported.url.path)
    #expect(transfer.resultCount == 1)
    #expect(
      transfer.refused.map { "\($0.name): \($0.why)" }
        == [
          "pipe: it is no regular file", "vast: it is larger than any text of a result",
        ])
  }

  /// A bad file of ours stands where a good one comes in; it is kept as evidence.
  @Test func anImportMendsWhatIsDamagedHere() throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    let hash = SHA256.hex(of: largeText)
    _ = try store.compute("victim", ["out": largeText])
    let path = try #require(folder.artifactFiles.first)
    chmod(path, 0o644)
    let altered = Data(largeText.replacing("0", with: "y").utf8)
    try altered.write(to: URL(filePath: path))
    #expect(try store.import(from: exported.url.path).resultCount == 1)
    #expect(try store.data(of: hash) == Data(largeText.utf8))
    let kept = try #require(folder.names(in: "quarantine").first)
    let evidence = folder.workspace.root.appending(path: "quarantine/" + kept)
    #expect(try Data(contentsOf: evidence) == altered)
  }

  /// A content that is not what it should be takes the place of nothing.
  @Test func anImportedContentHasItsNameOnlyWhenItIsRight() throws {
    let source = try TemporaryFolder()
    let exported = try export(from: source)
    let hash = SHA256.hex(of: largeText)
    let path = exported.url.path + "/cas/\(hash.prefix(2))/\(hash)"
    chmod(path, 0o644)
    try Data(largeText.replacing("0", with: "y").utf8).write(to: URL(filePath: path))
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    _ = try store.compute("good", ["out": largeText])
    #expect(try store.import(from: exported.url.path).resultCount == 1, "ours is good")
    #expect(try store.data(of: hash) == Data(largeText.utf8))
    #expect(try store.action("good") != nil)
  }

  @Test func aLostDatabaseIsMadeAgain() throws {
    let folder = try TemporaryFolder()
    do {
      let store = try store(in: folder)
      #expect(throws: StoreError.inUse(path: folder.workspace.root.path)) {
        _ = try Store.rebuild(folder.workspace)
      }
      _ = store
    }
    try Data(largeText.utf8).write(to: URL(filePath: folder.workspace.database))
    #expect(throws: StoreError.self) { try Store(folder.workspace) }
    let (store, transfer) = try Store.rebuild(folder.workspace)
    #expect(transfer.resultCount == 1 && transfer.refused.isEmpty)
    #expect(try store.action(Self.parts.key)?.outputs.count == 2)
    #expect(try store.data(of: SHA256.hex(of: "s")) == Data("s".utf8))
    #expect(folder.names(in: "quarantine").count == 1)
  }

  /// A text that an earlier computation of a key left gives way to what the database holds.
  @Test func theDatabaseIsRightAboutWhatCanBeRead() throws {
    let folder = try TemporaryFolder()
    do {
      let store = try store(in: folder)
      let manifests = folder.workspace.manifests
      let kept = folder.url.path + "/kept"
      try FileManager.default.copyItem(atPath: manifests, toPath: kept)
      _ = try store.compute(
        Self.parts.key, ["large": "new", "small": "s"], parts: Self.parts.parts, force: true)
      try FileManager.default.removeItem(atPath: manifests)
      try FileManager.default.moveItem(atPath: kept, toPath: manifests)
    }
    let store = try Store.rebuild(folder.workspace).store
    #expect(try store.action(Self.parts.key)?.output("large")?.hash == SHA256.hex(of: "new"))
  }

  /// Between the moves of the old files somebody could open them.
  @Test func aStartWaitsForARebuild() throws {
    let folder = try TemporaryFolder()
    do { _ = try store(in: folder) }
    let root = open(folder.workspace.root.path, O_RDONLY)
    try #require(flock(root, LOCK_EX) == 0)
    #expect(throws: StoreError.inUse(path: folder.workspace.root.path)) {
      _ = try Store.rebuild(folder.workspace)
    }
    let before = folder.names(in: "locks")
    let opened = Collected<Bool>()
    let isDone = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      opened.append((try? Store(folder.workspace)) != nil)
      isDone.signal()
    }
    #expect(opened.values.isEmpty && folder.names(in: "locks") == before)
    close(root)
    isDone.wait()
    #expect(opened.values == [true])
  }

  /// A page of an index is overwritten: what the tables hold can be read all the same.
  @Test func whatCanBeReadOfADamagedDatabaseIsKept() throws {
    let folder = try TemporaryFolder()
    do {
      let store = try Store(folder.workspace)
      _ = try store.compute(Self.parts.key, ["out": "cheap"], parts: Self.parts.parts)
    }
    let page = try #require(
      Int(try folder.texts("SELECT rootpage FROM sqlite_schema WHERE name = 'attempt_run'")[0]))
    let size = try #require(Int(try folder.texts("PRAGMA page_size")[0]))
    var data = try Data(contentsOf: URL(filePath: folder.workspace.database))
    data.replaceSubrange((page - 1) * size..<page * size, with: Data(repeating: 0, count: size))
    try data.write(to: URL(filePath: folder.workspace.database))
    #expect(try Store(readOnly: folder.workspace).integrityProblems().isEmpty == false)
    let (store, transfer) = try Store.rebuild(folder.workspace)
    #expect(transfer.resultCount == 1)
    #expect(try store.integrityProblems().isEmpty)
    #expect(try store.data(of: SHA256.hex(of: "cheap")) == Data("cheap".utf8))
  }

  @Test func onlyCostlyResultsHaveATextOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": largeText])
    #expect(folder.names(in: "manifests").isEmpty)
  }
}
