import Foundation
import GRDB

/// A database that cannot be used any more.
extension Store {
  /// Puts the database into quarantine and makes a new one from what can still be read of it and from
  /// the texts of the costly results. The history of runs is lost.
  ///
  /// - Returns: the new store, and what it could take over.
  /// - Throws: ``StoreError/inUse(path:)`` while another process works with the store.
  package static func rebuild(
    _ workspace: Workspace, mounts: String = FileSystemType.currentMounts()
  ) throws(StoreError) -> (store: Store, transfer: Transfer) {
    let lock: FolderLock
    let isAlone: Bool
    do throws(FileError) {
      lock = try FolderLock(workspace.root.path)
      isAlone = try lock.take(.alone)
    } catch { throw StoreError(error) }
    if !isAlone { throw .inUse(path: workspace.root.path) }
    do throws(FileError) {
      try salvage(workspace)
      try Files.createFolder(workspace.quarantine)
      let mark = UUID().uuidString.prefix(8)
      for suffix in ["-wal", "-shm", ""] where Files.size(workspace.database + suffix) != nil {
        try Files.rename(
          workspace.database + suffix,
          to: workspace.quarantine + "/pipeline.\(mark).sqlite" + suffix)
      }
    } catch { throw StoreError(error) }
    let store = try Store(workspace, mounts: mounts, lock: lock)
    return (store, try store.import(from: workspace.root.path))
  }

  /// Writes the texts of all results that can be read and are what their check values, keys and
  /// hashes say.
  private static func salvage(_ workspace: Workspace) throws(FileError) {
    guard let store = try? Store(readOnly: workspace) else { return }
    for key in store.readableKeys {
      // What cannot be read is what is lost.
      guard key.isContentHash, let manifest = (try? store.manifest(of: key)) ?? nil,
        manifest.parts.key == key
      else { continue }
      let path = workspace.manifest(key)
      let data = manifest.data
      // An older computation of the key may have left another text.
      if Files.size(path) == data.count, (try? Files.read(path)) == data { continue }
      try Files.place(data, at: path)
    }
  }

  /// The keys of all results up to where the table cannot be read on, from both ends.
  private var readableKeys: Set<String> {
    var keys: Set<String> = []
    for order in ["ASC", "DESC"] {
      try? read { db in
        let cursor = try String.fetchCursor(db, sql: "SELECT key FROM action ORDER BY key \(order)")
        while let key = try cursor.next() { keys.insert(key) }
      }
    }
    return keys
  }
}

extension Workspace {
  /// Names of the processes that have the store open for running.
  package var livingOwners: [String] {
    Files.names(in: locks).filter { $0.hasPrefix("owner-") && FileLock.isHeld(locks + "/" + $0) }
  }
}
