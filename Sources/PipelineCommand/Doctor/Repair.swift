import Foundation
import Pipeline

/// What `doctor --fix` does.
struct Repair {
  private let workspace: Workspace

  init(_ folder: URL) {
    workspace = Workspace(folder)
  }

  /// Mends what can be mended without a loss, and a damaged database with as little as possible.
  ///
  /// - Throws: ``StoreError`` when nothing can be done here, such as for a store of a later version.
  func carryOut() throws -> [Check] {
    guard workspace.exists else { return workspace.hasManifests ? try rebuild() : [] }
    if try isDamaged() { return try rebuild() }
    let abandoned = try Store(readOnly: workspace).abandoned()
    // To open it for running is to clean up.
    _ = try Store(workspace)
    if abandoned.isEmpty { return [] }
    return [
      .fine(
        "fixed",
        "cleaned up after \(abandoned.owners.count) dead processes: "
          + "\(abandoned.folders.count) folders of unfinished attempts removed")
    ]
  }

  private func isDamaged() throws -> Bool {
    do throws(StoreError) {
      return try !Store(readOnly: workspace).integrityProblems().isEmpty
    } catch {
      if case .damaged = error { return true }
      throw error
    }
  }

  private func rebuild() throws -> [Check] {
    let transfer = try Store.rebuild(workspace).transfer
    var checks = [
      Check.fine(
        "fixed",
        "made the database again with \(transfer.resultCount) results; a damaged one is kept in "
          + "\(workspace.quarantine), with its history of runs")
    ]
    if !transfer.refused.isEmpty {
      checks.append(
        .note(
          "fixed", "\(transfer.refused.count) results could not be taken over",
          remedy: "run the experiment again: they are computed anew"))
    }
    return checks
  }
}
