import Foundation
import GRDB
import Pipeline
import Testing

/// A disk that somebody else fills between the end of a stage and the commit of its result.
@Suite(.enabled(if: TemporaryMount.isPossible, "only root may mount"))
struct DiskFullTests {
  private static let earlierText = "earlier " + largeText

  /// Writes the stage's text as its output, then leaves the disk full.
  private struct Filling: Executor {
    let fill: @Sendable () throws -> Void

    func execute(
      _ job: StageJob, cancellation: Cancellation,
      report: @escaping @Sendable (StageReport) -> Void
    ) throws -> (outputs: [ProducedOutput], cost: Cost) {
      guard case .string(let text) = job.bound.parameters["text"] else { return ([], Cost()) }
      try Data(text.utf8).write(to: URL(filePath: job.outputFolder + "/out"))
      let output = try ProducedOutput(TextStage.outputs[0], in: job.outputFolder)
      try fill()
      return ([output], Cost())
    }
  }

  private let mount: TemporaryMount
  private let store: Store
  private var filler: URL { mount.url.appending(path: "filler") }

  init() throws {
    mount = try TemporaryMount(options: "size=2m,nr_inodes=300")
    store = try Store(Workspace(mount.url.appending(path: "store")))
    _ = try store.compute("earlier", ["small": "kept", "large": Self.earlierText])
    try FileManager.default.createDirectory(at: filler, withIntermediateDirectories: false)
  }

  /// Runs a stage whose output is the text; the disk is full until its end was told.
  private func run(_ text: String, fill: @escaping @Sendable () throws -> Void) throws -> RunRecord
  {
    let executor = Filling(fill: fill)
    let runner = Runner(
      Graph([Node("late", text: text)]), store: store, options: RunOptions(),
      dataFolders: DataFolders([]), inline: executor, process: executor)
    return try runner.run { event in
      if case .ended = event { try? FileManager.default.removeItem(at: filler) }
    }
  }

  /// Nothing of the failed stage is there, everything of the earlier one, and work can go on.
  private func expectOnlyTheEarlierResult(_ record: RunRecord, noSpaceFor path: String) throws {
    #expect(record.states == ["late: failed"])
    #expect(record.instances[0].failure?.failureClass == .environment)
    #expect(record.instances[0].failure?.what == "no space left for '\(path)'")
    #expect(record.exitStatus == .environment)
    let key = try #require(record.instances[0].key)
    let root = store.workspace.root.path
    let reopened = try Store(store.workspace)
    for store in [store, reopened] {
      #expect(try store.action(key) == nil)
      #expect(try store.action("earlier")?.outputs.map(\.slot) == ["large", "small"])
    }
    #expect(try reopened.data(of: SHA256.hex(of: "kept")) == Data("kept".utf8))
    let large = Data(Self.earlierText.utf8)
    #expect(try reopened.data(of: SHA256.hex(of: large)) == large)
    #expect(try reopened.integrityProblems() == [])
    let keys = try database(store.workspace.database).read {
      try String.fetchAll($0, sql: "SELECT DISTINCT key FROM output")
    }
    #expect(keys == ["earlier"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/tmp") == [])
    #expect(try reopened.compute(key, ["out": largeText]).computed != nil)
  }

  @Test func insideTheTransactionNothingIsCommitted() throws {
    let path = filler.path + "/bytes"
    // Of the size that is stored in the database, and more than any page it has left.
    let text = String(largeText.prefix(Store.inlineByteLimit))
    let record = try run(text) {
      let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
      defer { close(file) }
      let block = [UInt8](repeating: 1, count: 1 << 16)
      while write(file, block, block.count) > 0 {}
    }
    try expectOnlyTheEarlierResult(record, noSpaceFor: store.workspace.database)
  }

  @Test func inTheMoveToItsPlaceNothingIsCommitted() throws {
    let folder = filler.path
    // No room for one more name: the shelf of the artifact cannot be made.
    let record = try run(largeText) {
      var count = 0
      while true {
        let file = open("\(folder)/\(count)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        if file < 0 { return }
        close(file)
        count += 1
      }
    }
    let cas = store.workspace.root.path + "/cas"
    let shelf = cas + "/" + SHA256.hex(of: largeText).prefix(2)
    try expectOnlyTheEarlierResult(record, noSpaceFor: shelf)
    let shelves = try FileManager.default.contentsOfDirectory(atPath: cas)
    #expect(shelves.count == 2, "the earlier artifact's, and that of the stage's second try")
  }
}
