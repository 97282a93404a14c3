import Foundation
import GRDB

/// The commit protocol: how the outputs of a stage become a result.
///
///  1. The key's lock is taken; nobody else computes the key from here on. A waiter leaves no row.
///  2. The attempt's row is committed, with a lease on its inputs; then its folder is made. The stage
///     writes only there.
///  3. The stage runs and its outputs are hashed.
///  4. Each large output moves to its place below `cas`, by rename; a costly result is also written
///     as a text (``Manifest``), which can do without the database.
///  5. One transaction inserts the action with its outputs and small contents: the commit point.
///  6. The folder is removed and the lock is let go.
///
/// Killed before 5, the next start finds an attempt without an owner, removes its folder and
/// computes again; killed after 5, it finds the result and removes the folder.
extension Store {
  /// Computes a key under its lock, unless somebody else does or has done it.
  ///
  /// With `force` it is computed although there is a result, with `needsContents` only if contents
  /// of that were let go. `body` runs the stage in the folder
  /// that it is given; what it throws is recorded as the attempt's failure and thrown on. `note` is
  /// told when the finished result has to wait for another process.
  ///
  /// - Throws: ``StoreError``, or what `body` throws. Nothing is committed then.
  package func compute(
    _ attempt: Attempt, parts: KeyParts, force: Bool = false, needsContents: Bool = false,
    note: (String) -> Void = { _ in },
    body: (_ folder: String) throws -> (outputs: [ProducedOutput], cost: Cost)
  ) throws -> Computation {
    let lock: FileLock?
    do { lock = try FileLock.acquire(workspace.keyLock(attempt.key)) } catch {
      throw StoreError(error)
    }
    guard let lock else { return .busy }
    defer { lock.release() }
    crashPoint.reached(.locked)
    if !force, let action = try action(attempt.key), !needsContents || isWhole(action) {
      return .shared(action)
    }

    try begin(attempt, leasing: parts.inputHashes)
    let folder = temporaryFolder(of: attempt)
    defer { Files.removeTree(folder) }
    do {
      do { try Files.createFolder(folder) } catch { throw StoreError(error) }
      crashPoint.reached(.begun)
      let (outputs, cost) = try body(folder)
      crashPoint.reached(.ran)
      let action = try commit(
        attempt, parts: parts, outputs: outputs, cost: cost, from: folder, note: note)
      crashPoint.reached(.committed)
      return .computed(action)
    } catch {
      // First, for it may be what leaves no room for the row.
      Files.removeTree(folder)
      try? end(attempt, failure: "\(error)")
      throw error
    }
  }

  package func temporaryFolder(of attempt: Attempt) -> String {
    workspace.temporary + "/" + attempt.id
  }

  /// Records that it runs; its inputs stay in the store until it has ended.
  private func begin(_ attempt: Attempt, leasing inputs: [String]) throws(StoreError) {
    let time = now().timeIntervalSince1970
    try write { [owner] db in
      try db.cachedStatement(
        sql: """
          INSERT INTO attempt(id, key, run, instance, number, owner, state, started, leases)
          VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?)
          """
      ).execute(arguments: [
        attempt.id, attempt.key, attempt.run, attempt.instance, attempt.number, owner, time,
        inputs.joined(separator: " "),
      ])
    }
  }

  private func end(_ attempt: Attempt, failure: String) throws(StoreError) {
    try write { db in
      try db.cachedStatement(
        sql: "UPDATE attempt SET state = 'failed', ended = ?, failure = ?, leases = '' WHERE id = ?"
      ).execute(arguments: [now().timeIntervalSince1970, failure, attempt.id])
    }
  }

  private func commit(
    _ attempt: Attempt, parts: KeyParts, outputs: [ProducedOutput], cost: Cost,
    from folder: String, note: (String) -> Void
  ) throws(StoreError) -> StoredAction {
    let durable = durability == .strict || cost.cpuSeconds > 2
    var contents: [String: Data] = [:]
    do throws(FileError) {
      // What takes time comes before the lock.
      for output in outputs {
        if output.byteCount <= Store.inlineByteLimit {
          contents[output.hash] = try content(of: output, in: folder)
        } else if durable {
          try Files.synchronise(folder + "/" + output.slot)
        }
      }
    } catch { throw StoreError(error) }
    // From here to the row nobody may remove what the row will name.
    let lock = try ShelfLock(workspace, .shared, note: note)
    do throws(FileError) {
      for output in outputs where output.byteCount > Store.inlineByteLimit {
        try place(output, from: folder, durable: durable)
        crashPoint.reached(.storing)
      }
    } catch { throw StoreError(error) }
    crashPoint.reached(.stored)
    let action = StoredAction(
      key: attempt.key,
      outputs: outputs.map {
        StoredOutput(slot: $0.slot, hash: $0.hash, byteCount: $0.byteCount, type: $0.type)
      }, cost: cost)
    let manifest = Manifest(
      action: action, parts: parts, instance: attempt.instance, contents: contents)
    if durable {
      do throws(FileError) {
        try Files.place(manifest.data, at: workspace.manifest(attempt.key))
      } catch { throw StoreError(error) }
      crashPoint.reached(.described)
    }
    let time = now().timeIntervalSince1970
    try write(durable: durable) { db in
      try Store.insert(manifest, attempt: attempt.id, time: time, into: db)
      try db.cachedStatement(
        sql: "UPDATE attempt SET state = 'done', ended = ?, leases = '' WHERE id = ?"
      ).execute(arguments: [time, attempt.id])
    }
    _ = consume lock
    return action
  }

  /// A small output; what changed since it was hashed is no result.
  private func content(of output: ProducedOutput, in folder: String) throws(FileError) -> Data {
    let path = folder + "/" + output.slot
    let content = try Files.read(path)
    guard SHA256.hex(of: content) == output.hash else {
      throw FileError("store", path, code: EIO)
    }
    return content
  }

  /// Adds a result whose files are in their places.
  static func insert(
    _ manifest: Manifest, attempt: String, time: Double, into db: Database
  ) throws {
    let action = manifest.action
    // Parts and outputs go with the older result that they belong to, but in a database of which a
    // byte was altered there may be some without one.
    for table in ["action", "action_part", "output"] {
      try db.cachedStatement(sql: "DELETE FROM \(table) WHERE key = ?")
        .execute(arguments: [action.key])
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO action(key, attempt, elapsed, cpu, memory, created, instance, seal)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      action.key, attempt, action.cost.elapsedSeconds, action.cost.cpuSeconds,
      action.cost.peakMemoryBytes, time, manifest.instance, action.seal,
    ])
    let insertPart = try db.cachedStatement(sql: "INSERT INTO action_part VALUES (?, ?, ?)")
    for part in manifest.parts.parts {
      try insertPart.execute(arguments: [action.key, part.name, part.value])
    }
    let insertOutput = try db.cachedStatement(sql: "INSERT INTO output VALUES (?, ?, ?, ?, ?)")
    let insertArtifact = try db.cachedStatement(
      sql: """
        INSERT INTO artifact(hash, size, last_used) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET last_used = excluded.last_used
        """)
    for output in action.outputs {
      try insertOutput.execute(arguments: [
        action.key, output.slot, output.hash, output.byteCount, output.type.rawValue,
      ])
      try insertArtifact.execute(arguments: [output.hash, output.byteCount, time])
    }
    // In place of bytes that were altered, too.
    let insertBlob = try db.cachedStatement(
      sql: """
        INSERT INTO blob(hash, bytes) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes
        """)
    for (hash, bytes) in manifest.contents { try insertBlob.execute(arguments: [hash, bytes]) }
  }
}
