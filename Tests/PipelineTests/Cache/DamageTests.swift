import Foundation
import GRDB
import Pipeline
import Testing

@Suite struct DamageTests {
  private let folder: TemporaryFolder
  private let hash = SHA256.hex(of: largeText)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func alter(_ path: String, _ change: (inout Data) -> Void) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    change(&data)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    try data.write(to: URL(filePath: path))
  }

  @Test func aFlippedByteIsFoundWhenTheArtifactIsOpened() throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": largeText])
    _ = try store.compute("other", ["out": "fine"])
    let path = try #require(folder.artifactFiles.first)
    try alter(path) { $0[7] ^= 1 }
    #expect(throws: StoreError.damagedArtifact(hash: hash, detail: "'\(path)' was altered")) {
      try store.data(of: hash)
    }
    #expect(folder.names(in: "quarantine").map { $0.prefix(64) } == [hash.prefix(64)])
    #expect(try store.action("k") == nil)
    #expect(try store.action("other") != nil)
    #expect(try store.compute("k", ["out": largeText]).computed != nil)
    #expect(try store.data(of: hash) == Data(largeText.utf8))
  }

  @Test(arguments: [0, 100])
  func aShortFileIsNoResult(length: Int) throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": largeText])
    try alter(try #require(folder.artifactFiles.first)) { $0 = $0.prefix(length) }
    #expect(try store.action("k") == nil)
    #expect(folder.artifactFiles.isEmpty)
    #expect(folder.names(in: "quarantine").count == 1)
  }

  @Test func anAlteredRowIsFoundToo() throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": "hello"])
    let connection = try database(folder.workspace.database)
    try connection.write { try $0.execute(sql: "UPDATE blob SET bytes = x'00'") }
    let hello = SHA256.hex(of: "hello")
    #expect(
      throws: StoreError.damagedArtifact(
        hash: hello, detail: "its row in the database was altered")
    ) { try store.data(of: hello) }
    #expect(try store.action("k") == nil)
  }

  /// Another process may have replaced the artifact while this one was reading the bad bytes.
  @Test func aGoodArtifactInThePlaceOfABadOneIsKept() throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": largeText])
    let path = try #require(folder.artifactFiles.first)
    let good = folder.url.path + "/good"
    try #require(rename(path, good) == 0 && mkfifo(path, 0o600) == 0)
    let hasRead = DispatchSemaphore(value: 0)
    let contents = Collected<Data?>()
    Thread.detachNewThread { [hash] in
      contents.append(try? store.data(of: hash))
      hasRead.signal()
    }
    // Returns when the reader has opened the pipe.
    let end = open(path, O_WRONLY)
    try #require(rename(good, path) == 0)
    _ = write(end, "bad", 3)
    close(end)
    hasRead.wait()
    #expect(contents.values == [Data(largeText.utf8)])
    #expect(folder.names(in: "quarantine").isEmpty)
    #expect(try store.action("k") != nil)
  }

  /// What was seen before the lock was had does not count.
  @Test func anArtifactThatIsMendedMeanwhileIsKept() throws {
    let store = try Store(folder.workspace)
    _ = try store.compute("k", ["out": largeText])
    let path = try #require(folder.artifactFiles.first)
    let action = try #require(try store.action("k"))
    let away = folder.url.path + "/away"
    try #require(rename(path, away) == 0)
    let shelf = open(folder.workspace.shelves, O_RDONLY)
    try #require(flock(shelf, LOCK_SH) == 0)
    let isDone = DispatchSemaphore(value: 0)
    let found = Collected<StoredAction?>()
    Thread.detachNewThread {
      found.append((try? store.intact(action)) ?? nil)
      isDone.signal()
    }
    // It found the file gone and waits when it holds the gate before the lock.
    let gate = open(folder.workspace.locks, O_RDONLY)
    while flock(gate, LOCK_SH | LOCK_NB) == 0 {
      flock(gate, LOCK_UN)
      sched_yield()
    }
    try #require(rename(away, path) == 0)
    close(gate)
    close(shelf)
    isDone.wait()
    #expect(found.values == [action])
    #expect(try store.action("k") == action)
    #expect(folder.names(in: "quarantine").isEmpty)
  }

  @Test func aNewerSchemaIsLeftAlone() throws {
    do { _ = try Store(folder.workspace) }
    let path = folder.workspace.database
    do {
      let connection = try database(path)
      try connection.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
    }
    let error = StoreError.newerSchema(path: path, found: 99, supported: 3)
    #expect(throws: error) { try Store(folder.workspace) }
    #expect(throws: error) { try Store(readOnly: folder.workspace) }
    #expect(error.exitStatus == .damaged)
    #expect(
      error.diagnostic
        == Diagnostic(
          at: nil, "the store '\(path)' has schema 99; this program knows up to 3",
          why: "a later version of pipeline wrote it, and an older one could spoil it",
          fix: "use that version, or another store with --workspace DIR"))
  }

  @Test func aFileThatIsNoDatabaseIsRefused() throws {
    do { _ = try Store(folder.workspace) }
    try Data(largeText.utf8).write(to: URL(filePath: folder.workspace.database))
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: folder.workspace.database + suffix)
    }
    #expect(
      throws: StoreError.damaged(
        path: folder.workspace.database, detail: "file is not a database")
    ) { try Store(folder.workspace) }
  }

  @Test func aDatabaseOfAnotherProgramIsRefused() throws {
    try FileManager.default.createDirectory(
      at: folder.workspace.root, withIntermediateDirectories: true)
    do {
      let connection = try database(folder.workspace.database)
      try connection.write { try $0.execute(sql: "CREATE TABLE mine(x)") }
    }
    #expect(
      throws: StoreError.damaged(
        path: folder.workspace.database, detail: "it belongs to another program")
    ) { try Store(folder.workspace) }
  }
}
