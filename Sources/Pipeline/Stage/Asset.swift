import Foundation

/// A data set or model that a user may lack: what it is, where it comes from, how to check it.
package struct Asset: Sendable {
  package struct File: Sendable {
    package let name: String
    package let byteCount: Int
    /// Of the official bytes, lower-case hexadecimal.
    package let sha256: String

    package init(_ name: String, byteCount: Int, sha256: String) {
      self.name = name
      self.byteCount = byteCount
      self.sha256 = sha256
    }
  }

  package enum Source: Sendable, Hashable {
    /// A folder of this name below one of the data folders.
    case dataFolder(String)
    /// A Debian package that installs the files into this folder.
    case debianPackage(String, folder: String)
    /// A Python wheel that holds the one file as `member`; unpacked, it stands in a data folder.
    case pythonWheel(Wheel)
  }

  package struct Wheel: Sendable, Hashable {
    /// Name and version, as pip takes them.
    package let requirement: String
    package let member: String

    package init(_ requirement: String, member: String) {
      self.requirement = requirement
      self.member = member
    }
  }

  package let name: String
  package let summary: String
  package let licence: String
  package let files: [File]
  package let sources: [Source]

  package init(
    name: String, summary: String, licence: String, files: [File], sources: [Source]
  ) {
    self.name = name
    self.summary = summary
    self.licence = licence
    self.files = files
    self.sources = sources
  }

  /// The folder that holds every file of the asset, if one does.
  package func locate(in folders: DataFolders) -> URL? {
    for source in sources {
      let candidates: [URL] =
        switch source {
        case .dataFolder(let name): folders.folders.map { $0.appending(path: name) }
        case .debianPackage(_, let folder): [URL(filePath: folder)]
        case .pythonWheel: []
        }
      let complete = candidates.first { folder in
        files.allSatisfy {
          FileManager.default.fileExists(atPath: folder.appending(path: $0.name).path)
        }
      }
      if let complete { return complete }
    }
    return nil
  }
}
