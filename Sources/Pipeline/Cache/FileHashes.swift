import Foundation
import GRDB

/// Hashes of files outside the store, remembered while a file looks unchanged.
///
/// A file looks unchanged when size, inode and both times are the same. A file that was hashed
/// within two seconds of its last change could have been changed again within the clock's grain
/// without a trace, so such a memory is not trusted.
package struct FileHashes: Sendable {
  private static let racyNanoseconds = 2_000_000_000
  private let store: Store

  package init(_ store: Store) {
    self.store = store
  }

  /// The hash if it is known without reading the file.
  package func known(_ path: String) throws -> String? {
    let look = try FileLook(path)
    let row = try store.read { db in
      try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT hash, hashed, seal FROM filestat
            WHERE path = ? AND size = ? AND modified = ? AND changed = ? AND inode = ?
            """),
        arguments: [path, look.size, look.modified, look.changed, look.inode])
    }
    guard let row, let hash = String.fromDatabaseValue(row[0]),
      let hashed = Int.fromDatabaseValue(row[1]), let seal = Int64.fromDatabaseValue(row[2]),
      seal == FileHashes.seal(path, look, hash: hash, hashed: hashed)
    else { return nil }
    let age = hashed - max(look.modified, look.changed)
    return age > FileHashes.racyNanoseconds ? hash : nil
  }

  private static func seal(_ path: String, _ look: FileLook, hash: String, hashed: Int) -> Int64 {
    var seal = Seal()
    seal.add(path)
    for number in [look.size, look.modified, look.changed, look.inode, hashed] { seal.add(number) }
    seal.add(hash)
    return seal.stored
  }

  /// The SHA-256 of a file's content.
  ///
  /// - Throws: ``FileError`` when it cannot be read, ``StoreError`` from the store.
  package func hash(of path: String) throws -> String {
    if let hash = try known(path) { return hash }
    let time = Int(store.now().timeIntervalSince1970 * 1e9)
    let before = try FileLook(path)
    let (hash, _) = try SHA256.hex(ofFile: path)
    guard try FileLook(path) == before else {
      throw FileError("hash (it changes while it is read)", path, code: EBUSY)
    }
    if store.isReadOnly { return hash }
    try store.write { db in
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO filestat VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
      ).execute(arguments: [
        path, before.size, before.modified, before.changed, before.inode, hash, time,
        FileHashes.seal(path, before, hash: hash, hashed: time),
      ])
    }
    return hash
  }
}
