import Dispatch
import Foundation
import GRDB
import Synchronization

/// The content-addressed cache of one workspace: an SQLite index over artifacts.
///
/// Two rules. First: a result exists when its `action` row is committed, never before; every file
/// is complete and in place by then. Second: whoever computes a key holds the key's lock; the
/// kernel frees it if the process dies. Break the first and a crash leaves a result without bytes;
/// break the second and two processes compute the same thing.
///
/// All writes of a process pass through one connection behind a serial queue. Any number of
/// processes may share a workspace; readers never wait for writers.
package final class Store: Sendable {
  /// When results are forced to disk before they count.
  package enum Durability: String, Sendable, CaseIterable {
    /// Only results that took more than 2 s: a power cut costs at most some cheap re-runs.
    case automatic
    case strict
  }

  package let workspace: Workspace
  package let durability: Durability
  let queue: DatabaseQueue
  private let writes: WriteGroup
  let crashPoint: CrashPoint
  /// The name of this process in the database; its lock file is held while the process lives.
  let owner: String
  /// `nil` for a store that is only read.
  private let ownerLock: FileLock?
  /// Held shared, so that nobody replaces the database; `nil` for a store that is only read.
  private let presence: FolderLock?
  let now: @Sendable () -> Date
  /// Artifacts whose bytes this process has compared with their hash.
  let verified = Mutex<Set<String>>([])

  /// Opens the store for running, creating it when there is none, and cleans up after processes
  /// that died.
  ///
  /// - Throws: ``StoreError`` when the place or the database cannot be used.
  package convenience init(
    _ workspace: Workspace, durability: Durability = .automatic, crashPoint: CrashPoint = .init(),
    now: @escaping @Sendable () -> Date = { Date() },
    mounts: String = FileSystemType.currentMounts()
  ) throws(StoreError) {
    try self.init(
      workspace, durability: durability, crashPoint: crashPoint, now: now, mounts: mounts,
      lock: nil)
  }

  /// `lock` is that of the workspace, held alone by whoever has just put the database away.
  init(
    _ workspace: Workspace, durability: Durability = .automatic, crashPoint: CrashPoint = .init(),
    now: @escaping @Sendable () -> Date = { Date() }, mounts: String, lock: FolderLock?
  ) throws(StoreError) {
    try workspace.prepare(mounts: mounts)
    presence = try Store.enter(workspace, lock)
    self.workspace = workspace
    self.durability = durability
    self.crashPoint = crashPoint
    self.now = now
    owner = UUID().uuidString.lowercased()
    let path = workspace.database
    queue = try Store.retrying(path) {
      let queue = try DatabaseQueue(path: path, configuration: Store.configuration())
      try queue.writeWithoutTransaction { db in
        // Looked at before the journal mode, which already writes to the file.
        _ = try Schema.check(db, path: path)
        try Store.configureForWriting(db, path: path)
        try Schema.migrate(db, path: path)
      }
      return queue
    }
    writes = Store.writes(to: queue, path: path, crashPoint)
    ownerLock = try Store.lockOwner(workspace.ownerLock(owner))
    try recover()
  }

  /// Opens an existing store for looking only; it writes nothing and waits for nobody, but for a
  /// store of an earlier version, which is brought up to date.
  ///
  /// - Throws: ``StoreError``; check ``Workspace/exists`` first.
  package init(readOnly workspace: Workspace) throws(StoreError) {
    self.workspace = workspace
    durability = .automatic
    crashPoint = CrashPoint()
    now = { Date() }
    owner = ""
    ownerLock = nil
    presence = nil
    let path = workspace.database
    queue = try Store.retrying(path) {
      var configuration = Store.configuration()
      configuration.readonly = true
      // Without write permission SQLite cannot create the shared memory of a WAL database. When
      // nothing waits in the WAL either, the database is the immutable file that it may be read
      // as; otherwise somebody who may write could be at work, and the WAL must be read too.
      let isImmutable =
        access(workspace.root.path, W_OK) != 0 && (Files.size(path + "-wal") ?? 0) == 0
      let location = isImmutable ? "file:\(path)?immutable=1" : path
      let queue = try DatabaseQueue(path: location, configuration: configuration)
      let found = try queue.read { try Schema.check($0, path: path) }
      // The one thing that looking may change: a store of an earlier version, if it can be.
      if found < Schema.version, access(path, W_OK) == 0 {
        let writer = try DatabaseQueue(path: path, configuration: Store.configuration())
        try writer.writeWithoutTransaction { try Schema.migrate($0, path: path) }
      }
      return queue
    }
    writes = Store.writes(to: queue, path: path, crashPoint)
  }

  deinit {
    guard let ownerLock else { return }
    try? queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA optimize") }
    ownerLock.release()
  }

  package var isReadOnly: Bool { ownerLock == nil }

  /// Gives back what the connection holds only to be faster next time: up to 16 MB of pages.
  func releaseMemory() { queue.releaseMemory() }

  /// Waits while the database is made again.
  private static func enter(
    _ workspace: Workspace, _ lock: FolderLock?
  ) throws(StoreError) -> FolderLock {
    let path = workspace.root.path
    let hasEntered: Bool
    let presence: FolderLock
    do throws(FileError) {
      if let lock { presence = lock } else { presence = try FolderLock(path) }
      hasEntered = try presence.wait(for: .shared) { $0 < 60 }
    } catch { throw StoreError(error) }
    if !hasEntered { throw .busy(path: path) }
    return presence
  }

  /// The name is ours alone, but a process that cleans up may try the lock for a moment.
  private static func lockOwner(_ path: String) throws(StoreError) -> FileLock {
    do throws(FileError) {
      while true {
        if let lock = try FileLock.acquire(path) { return lock }
        sched_yield()
      }
    } catch { throw StoreError(error) }
  }

  // MARK: Connections

  private static func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(15)
    configuration.foreignKeysEnabled = true
    configuration.label = "store"
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA trusted_schema = OFF
          """)
    }
    return configuration
  }

  private static func configureForWriting(_ db: Database, path: String) throws {
    let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
    guard mode == "wal" else {
      throw StoreError.networkFileSystem(path: path, type: "without shared memory")
    }
    _ = try Row.fetchAll(db, sql: "PRAGMA wal_autocheckpoint = 1000")
    _ = try Row.fetchAll(db, sql: "PRAGMA journal_size_limit = \(64 << 20)")
    try db.execute(sql: "PRAGMA synchronous = NORMAL")
  }

  /// One write, committed when this returns; it shares its transaction with others that come at
  /// the same time. `body` may run more than once and must do nothing but database statements.
  ///
  /// A durable one is on the disk when this returns, with all that was committed before it; others
  /// survive the end of the process, but not surely a power cut.
  func write<Result>(
    durable: Bool = false, _ body: (Database) throws -> Result
  ) throws(StoreError) -> Result {
    do { return try writes.perform(isDurable: durable, body) } catch {
      throw StoreError(error, path: workspace.database)
    }
  }

  /// The transactions of a connection are immediate: a deferred one that turns into a writer is
  /// refused at once when another process writes, without waiting.
  private static func writes(
    to queue: DatabaseQueue, path: String, _ crashPoint: CrashPoint
  ) -> WriteGroup {
    WriteGroup { isDurable, body in
      try retrying(path) {
        try queue.writeWithoutTransaction { db in
          if isDurable { try db.execute(sql: "PRAGMA synchronous = FULL") }
          defer { if isDurable { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
          try db.inTransaction(.immediate) {
            try body(db)
            crashPoint.reached(.writing)
            return .commit
          }
          crashPoint.reached(.written)
        }
      }
    }
  }

  func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
    try Store.retrying(workspace.database) { try queue.unsafeRead(body) }
  }

  /// Tries for a minute. A try waits up to 15 s for the lock (SQLite's busy handler), but some
  /// locks are refused at once, such as that of two first openings which both set the journal mode.
  static func retrying<Result>(
    _ path: String, _ body: () throws -> Result
  ) throws(StoreError) -> Result {
    let deadline = DispatchTime.now() + .seconds(60)
    while true {
      do { return try body() } catch {
        let error = StoreError(error, path: path)
        guard case .busy = error, DispatchTime.now() < deadline else { throw error }
        usleep(UInt32.random(in: 1_000...20_000))
      }
    }
  }
}
