import Foundation

/// Reads specification files; a value, so that tests need no disk.
package struct SourceReader: Sendable {
  package struct Failure: Error {
    package let what: String
    package let fix: String

    static let noSuchFile = Failure(
      what: "there is no such file", fix: "check the path and the name")
  }

  let read: @Sendable (String) -> Result<[UInt8], Failure>

  /// Files of the disk, paths relative to the current folder; one byte over the limit is enough
  /// to know that a file is too large.
  package static let disk = SourceReader { path in
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return .failure(.noSuchFile)
    }
    if isFolder.boolValue {
      return .failure(Failure(what: "this is a folder", fix: "name the .yaml file in it"))
    }
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: YAMLLimits.byteCount + 1)
    else {
      return FileManager.default.isReadableFile(atPath: path)
        ? .success([])
        : .failure(
          Failure(what: "the file cannot be read", fix: "check its permissions (chmod +r)"))
    }
    return .success([UInt8](data))
  }

  /// Files of a dictionary.
  package static func memory(_ files: [String: String]) -> SourceReader {
    SourceReader { path in
      guard let text = files[path] else {
        return .failure(.noSuchFile)
      }
      return .success(Array(text.utf8))
    }
  }

  /// Files as another reader gives them the first time, however they change later.
  package static func remembering(_ reader: SourceReader) -> SourceReader {
    let memory = SourceMemory(reader)
    return SourceReader { memory.read($0) }
  }

  package init(_ read: @escaping @Sendable (String) -> Result<[UInt8], Failure>) {
    self.read = read
  }
}
