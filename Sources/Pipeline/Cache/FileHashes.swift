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

  private struct Look: Hashable {
    let size: Int
    let modified: Int
    let changed: Int
    let inode: Int

    init(_ path: String) throws(FileError) {
      var info = stat()
      guard stat(path, &info) == 0 else { throw FileError("examine", path) }
      size = Int(info.st_size)
      modified = info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec
      changed = info.st_ctim.tv_sec * 1_000_000_000 + info.st_ctim.tv_nsec
      inode = Int(truncatingIfNeeded: info.st_ino)
    }
  }

  /// The hash if it is known without reading the file.
  package func known(_ path: String) throws -> String? {
    let look = try Look(path)
    let row = try store.read { db in
      try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT size, modified, changed, inode, hash, hashed FROM filestat WHERE path = ?
            """), arguments: [path])
    }
    guard let row, row[0] == look.size, row[1] == look.modified, row[2] == look.changed,
      row[3] == look.inode
    else { return nil }
    let hashed: Int = row[5]
    return hashed - max(look.modified, look.changed) > FileHashes.racyNanoseconds ? row[4] : nil
  }

  /// The SHA-256 of a file's content.
  ///
  /// - Throws: ``FileError`` when it cannot be read, ``StoreError`` from the store.
  package func hash(of path: String) throws -> String {
    if let hash = try known(path) { return hash }
    let time = Int(store.now().timeIntervalSince1970 * 1e9)
    let before = try Look(path)
    let (hash, _) = try SHA256.hex(ofFile: path)
    guard try Look(path) == before else {
      throw FileError("hash (it changes while it is read)", path, code: EBUSY)
    }
    if store.isReadOnly { return hash }
    try store.write { db in
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO filestat VALUES (?, ?, ?, ?, ?, ?, ?)")
        .execute(arguments: [
          path, before.size, before.modified, before.changed, before.inode, hash, time,
        ])
    }
    return hash
  }
}
