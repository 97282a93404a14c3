import Foundation
import Pipeline

/// A folder of the project that a command reads: every file below it, whether itself or through a
/// link, but hidden ones and what Python compiles.
struct DeclaredFolder {
  /// As it was declared.
  private let path: String
  private let url: URL
  private var names: [String] = []

  /// The names of its files, as paths from it.
  ///
  /// - Throws: ``StageFailure`` of class `environment` where it holds no file, something that is
  ///   neither file nor folder, a link that leads nowhere, or one to a folder around it.
  static func names(in path: String, at url: URL) throws(StageFailure) -> [String] {
    var folder = DeclaredFolder(path: path, url: url)
    try folder.walk("", around: [])
    if folder.names.isEmpty {
      throw folder.failure(
        "the folder '\(path)' holds no file",
        why: "hidden files and __pycache__ do not count, so it declares nothing",
        fix: "name a folder with files, or remove it")
    }
    return folder.names
  }

  private init(path: String, url: URL) {
    self.path = path
    self.url = url
  }

  /// A folder, however it is reached.
  private struct Identity: Hashable {
    let device: dev_t
    let number: ino_t
  }

  /// Adds the file of this name, or those of the folder; `around` are the folders that it lies in.
  private mutating func walk(_ name: String, around: Set<Identity>) throws(StageFailure) {
    let place = name.isEmpty ? url : url.appending(path: name)
    var info = stat()
    guard stat(place.path, &info) == 0 else {
      throw failure(
        "'\(whole(name))' leads nowhere", why: "it is a link to something that is not there",
        fix: "mend it, or remove it")
    }
    switch info.st_mode & S_IFMT {
    case S_IFREG: names.append(name)
    case S_IFDIR:
      let identity = Identity(device: info.st_dev, number: info.st_ino)
      if around.contains(identity) {
        throw failure(
          "'\(whole(name))' leads back to a folder that it lies in",
          why: "its files would never end", fix: "remove the link")
      }
      for inner in try content(of: place, name).sorted()
      where !inner.hasPrefix(".") && inner != "__pycache__" {
        try walk(name.isEmpty ? inner : "\(name)/\(inner)", around: around.union([identity]))
      }
    default:
      throw failure(
        "'\(whole(name))' is neither a file nor a folder",
        why: "it has no content to be in the key", fix: "remove it")
    }
  }

  private func content(of place: URL, _ name: String) throws(StageFailure) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: place.path) } catch {
      throw failure(
        "the folder '\(whole(name))' cannot be read", why: error.localizedDescription,
        fix: "check its permissions")
    }
  }

  private func whole(_ name: String) -> String { name.isEmpty ? path : "\(path)/\(name)" }

  private func failure(_ what: String, why: String, fix: String) -> StageFailure {
    StageFailure(.environment, at: "files", what, why: why, fix: fix)
  }
}
