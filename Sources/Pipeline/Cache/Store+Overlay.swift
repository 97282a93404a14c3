import Foundation
import GRDB

extension Store {
  /// Opens a store in a new folder that begins with all that another one holds and writes nothing
  /// there: a run over it finds every result, and what it computes goes with the folder.
  ///
  /// The index is copied; large artifacts are read where they are.
  ///
  /// - Parameters:
  ///   - base: the store below; it need not exist.
  ///   - folder: for this store; the caller removes it at the end.
  /// - Throws: ``StoreError``.
  package convenience init(over base: Workspace, in folder: URL) throws(StoreError) {
    let workspace = Workspace(folder, base: base.root)
    if base.exists { try Store(readOnly: base).copyIndex(to: workspace) }
    try self.init(workspace)
  }

  private func copyIndex(to target: Workspace) throws(StoreError) {
    do { try Files.createFolder(target.root.path) } catch { throw StoreError(error) }
    try Store.retrying(target.database) {
      let copy = try DatabaseQueue(path: target.database)
      try queue.backup(to: copy)
      // Whoever runs them runs them in the store below.
      try copy.write { db in
        for table in ["attempt", "run"] {
          try db.execute(sql: "UPDATE \(table) SET state = 'lost' WHERE state = 'running'")
        }
      }
      try copy.close()
    }
  }
}
