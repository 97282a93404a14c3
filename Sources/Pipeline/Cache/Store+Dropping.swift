import Foundation
import GRDB

/// Contents that a specification does not want kept (`cache: {keep: false}`).
///
/// The result stays, with the hashes of its outputs, so that whoever depends on it is found in the
/// store as before; only the file goes, and its row in `artifact`, by whose absence a content that
/// was let go differs from one that was lost. Small contents live in the database and stay.
extension Store {
  /// Whether all contents of a result are there; none was let go.
  func isWhole(_ action: StoredAction) -> Bool { action.outputs.allSatisfy(isPresent) }

  /// Whether a content is missing because it was let go.
  func isDropped(_ output: StoredOutput) throws(StoreError) -> Bool {
    if isPresent(output) { return false }
    return try !isNamed(output.hash)
  }

  /// Whether a content can be read.
  func holds(_ hash: String) throws(StoreError) -> Bool {
    if Files.size(workspace.readableArtifact(hash)) != nil { return true }
    return try read { db in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS(SELECT 1 FROM blob WHERE hash = ?)"),
        arguments: [hash]) ?? false
    }
  }

  /// Lets large contents go, but for those that another result names or a running attempt uses.
  ///
  /// Rows first, then files: a crash in between leaves a file that nothing names.
  func drop(_ outputs: [(key: String, output: StoredOutput)]) throws(StoreError) {
    let large = outputs.filter { $0.output.byteCount > Store.inlineByteLimit }
    if large.isEmpty { return }
    let lock = try ShelfLock(workspace, .alone)
    let hashes = try write { db in
      let leased = try Store.leasedHashes(db)
      let isShared = try db.cachedStatement(
        sql: "SELECT EXISTS(SELECT 1 FROM output WHERE hash = ? AND key <> ?)")
      let hashes = try large.filter { key, output in
        try !leased.contains(output.hash)
          && Bool.fetchOne(isShared, arguments: [output.hash, key]) != true
      }.map(\.output.hash)
      try Store.deleteContents(db, hashes)
      return hashes
    }
    for hash in hashes { unlink(workspace.artifact(hash)) }
    verified.withLock { $0.subtract(hashes) }
    _ = consume lock
  }
}
