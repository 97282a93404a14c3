import Foundation
import GRDB

/// Artifacts: bytes under the hash of their content.
extension Store {
  /// Up to this size an artifact lives in the database: no file, no fsync, atomic with its row.
  package static let inlineByteLimit = 16 << 10

  /// The content of an artifact, compared with its hash.
  ///
  /// - Throws: ``StoreError/damagedArtifact(hash:detail:)`` when it is missing or altered; it is
  ///   put into quarantine then and every action that names it is dropped.
  package func data(of hash: String) throws(StoreError) -> Data {
    if let bytes = try inlineBytes(of: hash) { return bytes }
    let path = try verifiedFile(of: hash)
    do {
      return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
    } catch { throw StoreError.file(FileError("read", path, code: EIO)) }
  }

  /// A file with the content of an artifact, compared with its hash: the stored file itself, or,
  /// for an artifact that lives in the database, a copy in `folder`.
  ///
  /// - Throws: as ``data(of:)``.
  func file(of hash: String, copyingTo folder: String) throws(StoreError) -> String {
    guard let bytes = try inlineBytes(of: hash) else {
      let path = try verifiedFile(of: hash)
      // Looked at after the attempt's own row was committed, which keeps the contents that its
      // run uses from now on: one that was removed just before is found gone here.
      if try isNamed(hash) { return path }
      throw .damagedArtifact(hash: hash, detail: "it was removed meanwhile")
    }
    let path = folder + "/" + hash
    do throws(FileError) {
      try Files.createFolder(folder)
      try Files.write(bytes, to: path)
    } catch { throw StoreError(error) }
    return path
  }

  /// Whether the artifact seems to be there: by its size only, so that thousands cost little.
  func isPresent(_ output: StoredOutput) -> Bool {
    output.byteCount <= Store.inlineByteLimit
      || Files.size(workspace.readableArtifact(output.hash)) == output.byteCount
  }

  private func inlineBytes(of hash: String) throws(StoreError) -> Data? {
    let bytes = try read { db in
      try Data.fetchOne(
        db.cachedStatement(sql: "SELECT bytes FROM blob WHERE hash = ?"), arguments: [hash])
    }
    guard let bytes, SHA256.hex(of: bytes) != hash else { return bytes }
    if try quarantine(hash) {
      throw .damagedArtifact(hash: hash, detail: "its row in the database was altered")
    }
    return try inlineBytes(of: hash)
  }

  func isNamed(_ hash: String) throws(StoreError) -> Bool {
    try read { db in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM artifact WHERE hash = ?)"),
        arguments: [hash]) ?? false
    }
  }

  /// Each file is read through once per process; later openings trust that reading.
  func verifiedFile(of hash: String) throws(StoreError) -> String {
    let path = try ownedArtifact(hash)
    if verified.withLock({ $0.contains(hash) }), Files.size(path) != nil { return path }
    var found: String?
    for _ in 1...2 {
      let look = try? FileLook(path)
      found = try? SHA256.hex(ofFile: path).hash
      if found == hash {
        verified.withLock { _ = $0.insert(hash) }
        return path
      }
      // Unless another process put a good one in its place while we read the bad one.
      if look == (try? FileLook(path)) { break }
    }
    if found == nil, try !isNamed(hash) {
      throw .damagedArtifact(hash: hash, detail: "it was not kept")
    }
    if try !quarantine(hash) { return try verifiedFile(of: hash) }
    let detail = found == nil ? "'\(path)' cannot be read" : "'\(path)' was altered"
    throw .damagedArtifact(hash: hash, detail: detail)
  }

  /// Where an artifact is; one of the base is made ours first, by another link or a copy, so that
  /// nobody removes it under this store.
  private func ownedArtifact(_ hash: String) throws(StoreError) -> String {
    let path = workspace.readableArtifact(hash)
    let own = workspace.artifact(hash)
    if path == own { return own }
    do throws(FileError) {
      try Files.createFolder(String(own.dropLast(hash.count + 1)))
      if link(path, own) != 0, errno != EEXIST { try Files.place(copyOf: path, at: own) }
    } catch {
      // Removed just now, it is found gone.
      if error.isAboutReading { return own }
      throw StoreError(error)
    }
    return own
  }

  /// Whether a regular file has the bytes of a hash; read through.
  static func hasContent(_ path: String, _ hash: String, byteCount: Int? = nil) -> Bool {
    guard let size = Files.size(path), size == byteCount ?? size else { return false }
    return (try? SHA256.hex(ofFile: path).hash) == hash
  }

  /// Moves a bad artifact out of the way and forgets the actions that name it, unless it is good
  /// by now: another process may have put a good one in its place since it was found bad.
  ///
  /// Rows first: a crash in between leaves a file that nothing names.
  ///
  /// One of another size than `byteCount`, if that is known, is bad. Gives whether it was bad.
  @discardableResult
  func quarantine(_ hash: String, byteCount: Int? = nil) throws(StoreError) -> Bool {
    verified.withLock { _ = $0.remove(hash) }
    if isReadOnly { return true }
    let lock = try ShelfLock(workspace, .alone)
    if try isGood(hash, byteCount: byteCount) { return false }
    try write { db in
      try db.execute(
        sql: "DELETE FROM action WHERE key IN (SELECT key FROM output WHERE hash = ?)",
        arguments: [hash])
      try db.execute(sql: "DELETE FROM blob WHERE hash = ?", arguments: [hash])
      try db.execute(sql: "DELETE FROM artifact WHERE hash = ?", arguments: [hash])
    }
    let path = workspace.artifact(hash)
    guard Files.size(path) != nil else { return true }
    do throws(FileError) {
      try Files.createFolder(workspace.quarantine)
      let place = workspace.quarantine + "/\(hash).\(UUID().uuidString.prefix(8))"
      guard rename(path, place) == 0 else { throw FileError("move", path) }
    } catch { throw StoreError(error) }
    _ = consume lock
    return true
  }

  private func isGood(_ hash: String, byteCount: Int?) throws(StoreError) -> Bool {
    let bytes = try read { db in
      try Data.fetchOne(db, sql: "SELECT bytes FROM blob WHERE hash = ?", arguments: [hash])
    }
    if let bytes { return SHA256.hex(of: bytes) == hash && bytes.count == byteCount ?? bytes.count }
    return Store.hasContent(workspace.readableArtifact(hash), hash, byteCount: byteCount)
  }

  /// Moves a large output to its final place, where it is read-only.
  ///
  /// An equal artifact that is there already stays; ours is dropped with its folder. A durable one
  /// is on the disk already.
  func place(_ output: ProducedOutput, from folder: String, durable: Bool) throws(FileError) {
    let source = folder + "/" + output.slot
    let target = workspace.artifact(output.hash)
    let shelf = String(target.dropLast(output.hash.count + 1))
    if Files.size(target) == output.byteCount {
      // It may belong to a result that did not need to be durable.
      if durable {
        try Files.synchronise(target)
        try Files.synchronise(shelf)
      }
      return
    }
    guard Files.size(source) == output.byteCount else {
      throw FileError("store", source, code: EIO)
    }
    try Files.createFolder(shelf)
    guard chmod(source, 0o444) == 0 else { throw FileError("protect", source) }
    try Files.rename(source, to: target)
    if durable { try Files.synchronise(shelf) }
  }
}

/// Opens any artifact by its hash, for tables, figures and exports.
package struct ArtifactReader: Sendable {
  private let store: Store

  package init(_ store: Store) {
    self.store = store
  }

  /// - Throws: ``StoreError/damagedArtifact(hash:detail:)`` when it is missing or altered.
  package func data(hash: String) throws(StoreError) -> Data { try store.data(of: hash) }
}
