import Foundation
import Pipeline
import Stages
import Testing

/// Which files a declared folder stands for.
final class DeclaredFolderTests {
  private let project = FileManager.default.temporaryDirectory
    .appending(path: "declared-\(UUID().uuidString)")

  init() throws {
    for path in ["real/a", "real/sub/b", "real/.hidden", "real/__pycache__/c", "other/d"] {
      let file = project.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(path.utf8).write(to: file)
    }
  }

  deinit { try? FileManager.default.removeItem(at: project) }

  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: project.appending(path: path).path, withDestinationPath: target)
  }

  private func declared(_ path: String) throws -> [DeclaredFile] {
    let type = try #require(Registry.stages["shell"])
    let bound = type.bind([
      "run": .string("true"), "outputs": .map(["o": .string("text")]),
      "files": .list([.string(path)]),
    ])
    #expect(bound.problems.isEmpty)
    return try bound.stage.files(in: DataFolders([], project: project))
  }

  @Test func linksAreFollowed() throws {
    #expect(try declared("real").map(\.name) == ["real/a", "real/sub/b"])
    try link("data", to: "real")
    try link("real/far", to: "../other")
    try link("real/near", to: "sub/b")
    for name in ["data", "real", "real/"] {
      let folder = name.split(separator: "/")[0]
      let files = try declared(name)
      #expect(
        files.map(\.name) == ["a", "far/d", "near", "sub/b"].map { "\(folder)/\($0)" })
      #expect(try String(contentsOf: files[1].url, encoding: .utf8) == "other/d")
    }
  }

  @Test(
    arguments: [
      (
        "nowhere",
        "'real/x' leads nowhere\n  it is a link to something that is not there\n"
          + "  fix: mend it, or remove it"
      ),
      (
        "../real",
        "'real/x' leads back to a folder that it lies in\n"
          + "  its files would never end\n  fix: remove the link"
      ),
      (
        "/dev/null",
        "'real/x' is neither a file nor a folder\n"
          + "  it has no content to be in the key\n  fix: remove it"
      ),
    ])
  func whatIsNoContentIsRefused(target: String, message: String) throws {
    try link("real/x", to: target)
    let failure = #expect(throws: StageFailure.self) { try declared("real") }
    #expect(failure?.description == "files: " + message)
    #expect(failure?.failureClass == .environment)
  }

  @Test func aPipeIsNotWaitedFor() throws {
    #expect(mkfifo(project.appending(path: "pipe").path, 0o600) == 0)
    let failure = #expect(throws: StageFailure.self) { try declared("pipe") }
    #expect(failure?.what == "'pipe' is neither a file nor a folder")
  }

  @Test func aFolderWithoutFilesDeclaresNothing() throws {
    try FileManager.default.createDirectory(
      at: project.appending(path: "empty/.git"), withIntermediateDirectories: true)
    let failure = #expect(throws: StageFailure.self) { try declared("empty") }
    #expect(failure?.what == "the folder 'empty' holds no file")
  }
}
