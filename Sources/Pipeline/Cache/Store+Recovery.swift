import Foundation
import GRDB

/// What the next start does about processes that died.
extension Store {
  /// Finds what processes that died left behind, at the price of two folder listings and two queries.
  package func abandoned() throws(StoreError) -> Abandoned {
    // Listed before the rows are read: a folder in the list whose attempt is not running by then
    // is finished or lost; a folder made later is not in the list.
    let folders = Set(Files.names(in: workspace.temporary) + Files.names(in: workspace.jobs))
    let (running, owners) = try read { db in
      let running = try Row.fetchAll(
        db, sql: "SELECT id, owner FROM attempt WHERE state = 'running'"
      )
      .map {
        (id: try $0.decode(String.self, atIndex: 0), owner: try $0.decode(String.self, atIndex: 1))
      }
      return (
        running,
        try String.fetchAll(db, sql: "SELECT DISTINCT owner FROM run WHERE state = 'running'")
      )
    }
    let dead = Set(running.map(\.owner) + owners).filter {
      $0 != owner && !FileLock.isHeld(workspace.ownerLock($0))
    }
    let living = running.filter { !dead.contains($0.owner) }.map(\.id)
    return Abandoned(owners: dead, folders: folders.subtracting(living))
  }

  /// Marks the attempts and runs of dead owners as lost, ends their orphaned workers and removes
  /// what they left behind.
  func recover() throws(StoreError) {
    let abandoned = try abandoned()
    for attempt in abandoned.folders {
      endOrphan(of: attempt)
      Files.removeTree(workspace.temporary + "/" + attempt)
      Files.removeTree(workspace.jobs + "/" + attempt)
    }
    if !abandoned.owners.isEmpty { try markLost(abandoned.owners) }
    // Last, for the rows of a dead owner are told by its lock. Removed while held, or a lock that
    // somebody takes at this moment would lose its file.
    for name in Files.names(in: workspace.locks) {
      if let lock = try? FileLock.acquire(workspace.locks + "/" + name) { lock.release() }
    }
  }

  private func markLost(_ owners: Set<String>) throws(StoreError) {
    try write { db in
      for name in owners {
        for table in ["attempt", "run"] {
          try db.execute(
            sql: "UPDATE \(table) SET state = 'lost' WHERE owner = ? AND state = 'running'",
            arguments: [name])
        }
      }
    }
  }

  package func jobFolder(of attempt: Attempt) -> String { workspace.jobs + "/" + attempt.id }

  /// The file in a job folder that says which process works on it.
  static func workerFile(inJob folder: String) -> String { folder + "/worker" }

  /// Kills the process group of a worker whose runner died before it could, and what a stage of
  /// its may have started outside of the group.
  private func endOrphan(of attempt: String) {
    let file = Store.workerFile(inJob: workspace.jobs + "/" + attempt)
    guard let text = try? String(contentsOfFile: file, encoding: .utf8),
      let worker = ProcessIdentity(text: text)
    else { return }
    if worker.isAlive {
      ProcessTree.killDescendants(of: worker.pid)
      kill(-worker.pid, SIGKILL)
    }
    ProcessTree.kill(workingIn: workspace.temporary + "/" + attempt)
  }
}
