import Foundation
import Pipeline
import Testing

@Suite("A store over another")
struct OverlayTests {
  private let base: Harness
  private let above: TemporaryFolder

  init() throws {
    base = try Harness()
    above = try TemporaryFolder()
  }

  private func run(_ nodes: [Node], in store: Store) throws -> RunRecord {
    let executor = FakeExecutor { text, job, _ in
      text + (try Harness.inputTexts(job)).joined()
    }
    return try Runner(
      Graph(nodes), store: store, options: RunOptions(), dataFolders: DataFolders([]),
      inline: executor, process: executor
    ).run { _ in }
  }

  private func files(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.workspace.root.path).sorted()
  }

  @Test func itFindsEverythingAndWritesNothingBelow() throws {
    let a = Node("a", text: largeText)
    _ = try base.run([a])
    let before = try files(base.folder)
    let store = try Store(over: base.folder.workspace, in: above.workspace.root)
    let record = try run([a, Node("b", ["a"], text: largeText)], in: store)
    #expect(record.states == ["a: cached", "b: done"])
    let hash = SHA256.hex(of: largeText + largeText)
    #expect(try ArtifactReader(store).data(hash: hash) == Data((largeText + largeText).utf8))
    #expect(try files(base.folder) == before)
    #expect(
      try base.run([a, Node("b", ["a"], text: largeText)]).states == ["a: cached", "b: done"])
  }

  @Test func aDamagedArtifactBelowIsComputedAgainAndLeftThere() throws {
    let a = Node("a", text: largeText)
    _ = try base.run([a])
    let hash = SHA256.hex(of: largeText)
    let file = base.folder.workspace.root.appending(path: "cas/\(hash.prefix(2))/\(hash)")
    try FileManager.default.removeItem(at: file)
    try Data(largeText.replacing("0", with: "y").utf8).write(to: file)
    let store = try Store(over: base.folder.workspace, in: above.workspace.root)
    let record = try run([a, Node("b", ["a"])], in: store)
    #expect(record.states == ["a: done", "b: done"])
    #expect(try String(contentsOf: file, encoding: .utf8).first == "y")
  }

  /// Somebody collects garbage below while a stage above reads its input.
  @Test func whatWasOpenedStaysThoughItIsRemovedBelow() throws {
    let a = Node("a", text: largeText)
    _ = try base.run([a])
    let store = try Store(over: base.folder.workspace, in: above.workspace.root)
    let hash = SHA256.hex(of: largeText)
    _ = try store.data(of: hash)
    for path in base.folder.artifactFiles { unlink(path) }
    #expect(try store.data(of: hash) == Data(largeText.utf8))
    #expect(try run([a, Node("b", ["a"])], in: store).states == ["a: cached", "b: done"])
  }

  @Test func thereNeedBeNothingBelow() throws {
    let nothing = above.workspace.root.appending(path: "nothing")
    let store = try Store(over: Workspace(nothing), in: above.workspace.root)
    #expect(try run([Node("a")], in: store).states == ["a: done"])
    #expect(!FileManager.default.fileExists(atPath: nothing.path))
  }
}
