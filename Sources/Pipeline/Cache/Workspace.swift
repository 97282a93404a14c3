import Foundation

/// The layout of the folder in which a project's results are kept.
///
///     .pipeline/
///       pipeline.sqlite    what was run, from what, with which outputs
///       cas/ab/abcd...     artifacts above 16 KiB by the SHA-256 of their content, read-only
///       manifests/ab/KEY   costly results once more, as texts that need no database
///       tmp/ATTEMPT/       where a running stage writes
///       jobs/ATTEMPT/      what passes between the runner and a worker process
///       logs/ATTEMPT.log   what a stage had to say
///       locks/             one locked file per living process and per running key
///       quarantine/        artifacts that did not match their hash
///       runs/RUN.json      what a run was asked for, so that it can be resumed
package struct Workspace: Sendable {
  package let root: URL
  /// Another workspace whose artifacts are read, and never written, where this one has none.
  let base: URL?

  /// Describes the folder; touches nothing.
  package init(_ root: URL) {
    self.init(root, base: nil)
  }

  init(_ root: URL, base: URL?) {
    self.root = root
    self.base = base
  }

  package var database: String { path("pipeline.sqlite") }
  package var temporary: String { path("tmp") }
  package var locks: String { path("locks") }
  package var logs: String { path("logs") }
  package var jobs: String { path("jobs") }
  package var quarantine: String { path("quarantine") }
  package var shelves: String { path("cas") }
  package var manifests: String { path("manifests") }
  var requests: String { path("runs") }

  /// Whether there is anything to read.
  package var exists: Bool { FileManager.default.fileExists(atPath: database) }

  /// Whether results are there that a lost database can be made again from.
  package var hasManifests: Bool { !Files.names(in: manifests).isEmpty }

  func artifact(_ hash: String) -> String { path("cas/\(hash.prefix(2))/\(hash)") }

  /// Where an artifact is read: in the base if only that has it.
  func readableArtifact(_ hash: String) -> String {
    let own = artifact(hash)
    guard let base, Files.size(own) == nil else { return own }
    let other = Workspace(base).artifact(hash)
    return Files.size(other) == nil ? own : other
  }

  func manifest(_ key: String) -> String { path("manifests/\(key.prefix(2))/\(key)") }

  func keyLock(_ key: String) -> String { path("locks/\(key).lock") }

  func ownerLock(_ owner: String) -> String { path("locks/owner-\(owner).lock") }

  package func log(ofAttempt attempt: String) -> String { path("logs/\(attempt).log") }

  private func path(_ name: String) -> String { root.path + "/" + name }

  /// Creates the folders and refuses a place that cannot hold a store.
  ///
  /// - Throws: ``StoreError/networkFileSystem(path:type:)``, ``StoreError/notWritable(path:reason:)``
  ///   or ``StoreError/diskFull(path:)``.
  func prepare(mounts: String) throws(StoreError) {
    do throws(FileError) {
      for folder in [root.path, path("cas"), temporary, locks, logs, jobs] {
        try Files.createFolder(folder)
      }
      if access(root.path, W_OK) != 0 { throw FileError("write to", root.path) }
    } catch { throw StoreError(error) }
    let place = root.resolvingSymlinksInPath().path
    if let type = FileSystemType.unsuitableName(of: place, mounts: mounts) {
      throw StoreError.networkFileSystem(path: root.path, type: type)
    }
  }
}
