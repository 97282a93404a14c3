import Foundation

/// Keeps the rows of artifacts and their files together while both change.
///
/// Whoever stores a result holds it shared from the move of the first file to the commit of the
/// row; whoever removes artifacts holds it alone from the deletion of the rows to that of the
/// files. So a file that a new result relies on is never one that is about to be removed.
///
/// It is a lock on the folder `cas`, behind a gate, a lock on the folder `locks`. Everybody passes
/// the gate with the wish for the same mode; who wants to be alone stays in it until they are, so
/// nobody new comes in meanwhile.
struct ShelfLock: ~Copyable {
  private let lock: FolderLock

  /// Who stores a result waits for as long as it takes, for the work is done; who removes waits for
  /// at most a minute. Holders are done within fractions of a second.
  ///
  /// `note` is told when it takes longer than some seconds.
  ///
  /// - Throws: ``StoreError/busy(path:)`` when it takes too long.
  init(
    _ workspace: Workspace, _ mode: FolderLock.Mode, note: (String) -> Void = { _ in }
  ) throws(StoreError) {
    lock = try ShelfLock.take(workspace, mode, note: note)
  }

  private static func take(
    _ workspace: Workspace, _ mode: FolderLock.Mode, note: (String) -> Void
  ) throws(StoreError) -> FolderLock {
    var mustSay = mode == .shared
    func isPatient(_ seconds: Double) -> Bool {
      if mustSay, seconds > 5 {
        note("waiting for another process that removes results from '\(workspace.root.path)'")
        mustSay = false
      }
      return mode == .shared || seconds < 60
    }
    let shelf: FolderLock
    let isHeld: Bool
    do throws(FileError) {
      let gate = try FolderLock(workspace.locks)
      shelf = try FolderLock(workspace.shelves)
      if try gate.wait(for: mode, while: isPatient) {
        isHeld = try shelf.wait(for: mode, while: isPatient)
      } else {
        isHeld = false
      }
    } catch { throw StoreError(error) }
    if !isHeld { throw .busy(path: workspace.shelves) }
    return shelf
  }
}
