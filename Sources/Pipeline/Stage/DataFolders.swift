import Foundation
import Synchronization

/// The folders in which data sets and models are looked for, in order.
package struct DataFolders: Sendable {
  package let folders: [URL]
  /// The root of the user's project, below which scripts are declared; `nil` outside of one.
  package let project: URL?

  private let listings: Listings?

  package init(_ folders: [URL], project: URL? = nil) {
    self.init(folders, project: project, listings: nil)
  }

  private init(_ folders: [URL], project: URL?, listings: Listings?) {
    self.folders = folders
    self.project = project
    self.listings = listings
  }

  /// The same folders, of which each is listed once while the copy lives: a thousand instances
  /// that declare one folder walk it once.
  package func remembering() -> DataFolders {
    DataFolders(folders, project: project, listings: Listings())
  }

  /// The names that `list` finds in a folder, or found before in this copy.
  package func listing(of folder: URL, _ list: () throws -> [String]) rethrows -> [String] {
    if let known = listings?.names.withLock({ $0[folder.path] }) { return known }
    let names = try list()
    listings?.names.withLock { $0[folder.path] = names }
    return names
  }

  private final class Listings: Sendable {
    let names = Mutex<[String: [String]]>([:])
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
