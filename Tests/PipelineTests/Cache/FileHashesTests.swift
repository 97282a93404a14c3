import Foundation
import Pipeline
import Testing

@Suite struct FileHashesTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func aHashIsRememberedOnceTheFileIsOldEnough() throws {
    let file = folder.url.appending(path: "data")
    try Data("one".utf8).write(to: file)
    // Two seconds are the grain within which a change could leave no trace.
    for (laterSeconds, isRemembered) in [(1.0, false), (10, true)] {
      let store = try Store(folder.workspace, now: { Date(timeIntervalSinceNow: laterSeconds) })
      let hashes = FileHashes(store)
      #expect(try hashes.hash(of: file.path) == SHA256.hex(of: "one"))
      #expect((try hashes.known(file.path) != nil) == isRemembered)
    }
  }

  @Test func aChangedFileIsReadAgain() throws {
    let store = try Store(folder.workspace, now: { Date(timeIntervalSinceNow: 10) })
    let hashes = FileHashes(store)
    let file = folder.url.appending(path: "data")
    try Data("one".utf8).write(to: file)
    _ = try hashes.hash(of: file.path)
    try Data("two!".utf8).write(to: file)
    #expect(try hashes.known(file.path) == nil)
    #expect(try hashes.hash(of: file.path) == SHA256.hex(of: "two!"))
  }

  @Test func aMissingFileIsNamed() throws {
    let hashes = FileHashes(try Store(folder.workspace))
    #expect(throws: FileError("examine", "/nowhere/data", code: ENOENT)) {
      try hashes.hash(of: "/nowhere/data")
    }
  }
}
