import Foundation
import GRDB

/// Why the store cannot do what it was asked for.
package enum StoreError: Error, Hashable, Sendable {
  /// The database was written by a later version of this program.
  case newerSchema(path: String, found: Int, supported: Int)
  /// Not a database of this program, or a broken one.
  case damaged(path: String, detail: String)
  case networkFileSystem(path: String, type: String)
  case notWritable(path: String, reason: String)
  case diskFull(path: String)
  /// Other processes kept the database locked for too long.
  case busy(path: String)
  /// Another process works in the workspace, and what was asked for needs it alone.
  case inUse(path: String)
  case file(FileError)
  /// An artifact is missing or is not what its hash says; the actions that name it are dropped.
  case damagedArtifact(hash: String, detail: String)
}

extension StoreError {
  init(_ error: any Error, path: String) {
    switch error {
    case let error as StoreError: self = error
    case let error as FileError: self = StoreError(error)
    case let error as DatabaseError: self = StoreError(error, path: path)
    default: self = .damaged(path: path, detail: "\(error)")
    }
  }

  package init(_ error: FileError) {
    switch error.code {
    case ENOSPC, EDQUOT: self = .diskFull(path: error.path)
    case EACCES where !error.isAboutReading, EPERM where !error.isAboutReading, EROFS:
      self = .notWritable(path: error.path, reason: error.reason)
    default: self = .file(error)
    }
  }

  private init(_ error: DatabaseError, path: String) {
    let detail = error.message ?? error.resultCode.description
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
    case .SQLITE_FULL: self = .diskFull(path: path)
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_IOERR:
      self = .notWritable(path: path, reason: detail)
    default: self = .damaged(path: path, detail: detail)
    }
  }

  package var exitStatus: ExitStatus {
    switch self {
    case .newerSchema, .damaged, .damagedArtifact: .damaged
    case .busy, .inUse: .timedOut
    case .networkFileSystem, .notWritable, .diskFull, .file: .environment
    }
  }

  /// The error in words: what, why and how to fix it.
  package var diagnostic: Diagnostic {
    switch self {
    case .newerSchema(let path, let found, let supported):
      Diagnostic(
        at: nil, "the store '\(path)' has schema \(found); this program knows up to \(supported)",
        why: "a later version of pipeline wrote it, and an older one could spoil it",
        fix: "use that version, or another store with --workspace DIR")
    case .damaged(let path, let detail):
      Diagnostic(
        at: nil, "the database '\(path)' cannot be used: \(detail)",
        why: "it is damaged or was not written by pipeline",
        fix: "run 'pipeline doctor --fix', or move the folder away: its results are computed again")
    case .networkFileSystem(let path, let type):
      Diagnostic(
        at: nil, "the workspace '\(path)' is on a network or user-space file system (\(type))",
        why: "the database needs file locks and shared memory, which do not work reliably there",
        fix: "put it on a local disk with --workspace DIR")
    case .notWritable(let path, let reason):
      Diagnostic(
        at: nil, "cannot write to '\(path)': \(reason)",
        why: "results are kept below the workspace folder",
        fix: "make it writable, or choose another folder with --workspace DIR")
    case .diskFull(let path):
      Diagnostic(
        at: nil, "no space left for '\(path)'",
        why: "nothing of the unfinished stage was stored; finished ones are safe",
        fix: "free some space and run again")
    case .busy(let path):
      Diagnostic(
        at: nil, "the database '\(path)' stayed locked by another process for a minute",
        why: "a process may hang while it writes", fix: "look for other pipeline processes")
    case .inUse(let path):
      Diagnostic(
        at: nil, "another pipeline process works in '\(path)'",
        why: "its database must not be replaced under it", fix: "wait for it, or stop it")
    case .file(let error):
      Diagnostic(
        at: nil, error.description, why: "the run needs this file",
        fix: "check the disk and the file's permissions, and run again")
    case .damagedArtifact(let hash, let detail):
      Diagnostic(
        at: nil, "artifact \(hash.prefix(12)) is damaged: \(detail)",
        why: "its bytes are not those that were stored",
        fix: "run again: what made it is computed anew")
    }
  }
}
