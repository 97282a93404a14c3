import Foundation
import Pipeline
import Testing

struct FilesTests {
  /// Rights bind nobody less than the superuser, so somebody else must try.
  @Test func treesWithReadOnlyFoldersAreRemoved() async {
    await #expect(processExitsWith: .success) {
      if geteuid() == 0 { try #require(seteuid(65_534) == 0) }
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      let inner = folder.appending(path: "a/b")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try Data().write(to: inner.appending(path: "file"))
      for url in [inner, folder.appending(path: "a"), folder] { chmod(url.path, 0o555) }
      try #require(throws: (any Error).self) { try FileManager.default.removeItem(at: folder) }
      Files.removeTree(folder.path)
      try #require(!FileManager.default.fileExists(atPath: folder.path))
    }
  }
}
