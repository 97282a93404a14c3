import Synchronization

/// The files that a reader has given, each read once.
final class SourceMemory: Sendable {
  private let reader: SourceReader
  private let files = Mutex<[String: Result<[UInt8], SourceReader.Failure>]>([:])

  init(_ reader: SourceReader) {
    self.reader = reader
  }

  func read(_ path: String) -> Result<[UInt8], SourceReader.Failure> {
    files.withLock { files in
      if let known = files[path] { return known }
      let content = reader.read(path)
      files[path] = content
      return content
    }
  }
}
