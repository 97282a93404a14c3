import Foundation

/// The folders in which data sets and models are looked for, in order.
package struct DataFolders: Sendable {
  package let folders: [URL]
  /// The root of the user's project, below which scripts are declared; `nil` outside of one.
  package let project: URL?

  package init(_ folders: [URL], project: URL? = nil) {
    self.folders = folders
    self.project = project
  }

  /// The first existing file or folder with this path below one of the folders.
  package func locate(_ path: String) -> URL? {
    folders.map { $0.appending(path: path) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}

/// A file outside the store that a stage reads.
package struct DeclaredFile: Sendable {
  /// The name under which the stage asks for it; part of the key, where the path is not.
  package let name: String
  package let url: URL

  package init(name: String, url: URL) {
    self.name = name
    self.url = url
  }
}

/// A declared file with the hash of the content that the key was made of.
package struct HashedFile: Sendable {
  package let name: String
  package let url: URL
  package let hash: String

  package init(name: String, url: URL, hash: String) {
    self.name = name
    self.url = url
    self.hash = hash
  }
}
