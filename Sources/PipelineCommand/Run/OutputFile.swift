import Foundation
import Pipeline

/// A text file that an option names.
struct OutputFile {
  let path: String

  init(_ path: String) {
    self.path = path
  }

  /// Replaces the file in one step; a device, a pipe or what a link leads to is written to.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  func write(_ text: String) throws {
    guard isReplaceable else { return try put(text, emptied: true) }
    try checked {
      try createFolder()
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
  }

  /// Whether there is nothing, or a plain file.
  private var isReplaceable: Bool {
    var info = stat()
    return lstat(path, &info) != 0 || info.st_mode & S_IFMT == S_IFREG
  }

  /// Adds to the end, creating the file when there is none.
  ///
  /// - Throws: ``StageFailure`` of class `environment`.
  func append(_ text: String) throws {
    try put(text, emptied: false)
  }

  private func put(_ text: String, emptied: Bool) throws {
    try checked {
      let descriptor = try open(emptied: emptied)
      defer { close(descriptor) }
      if let code = Terminal(descriptor: descriptor).failure(ofWriting: text) {
        throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
      }
    }
  }

  /// A descriptor to write at the end of the file; the caller closes it.
  func open(emptied: Bool) throws -> Int32 {
    try checked {
      try createFolder()
      let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (emptied ? O_TRUNC : 0)
      let descriptor = Foundation.open(path, flags, 0o666)
      guard descriptor >= 0 else {
        throw CocoaError(.fileWriteNoPermission)
      }
      return descriptor
    }
  }

  private func createFolder() throws {
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
  }

  private func checked<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as StageFailure { throw failure } catch {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      throw StageFailure(
        .environment, at: path, "the file cannot be written",
        why: isFolder.boolValue ? "it is a folder" : error.localizedDescription,
        fix: isFolder.boolValue
          ? "name a file in it" : "make its folder writable, or name another file")
    }
  }
}
