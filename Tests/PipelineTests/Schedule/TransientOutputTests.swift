import Foundation
import Pipeline
import Testing

/// Outputs with `cache: {keep: false}`: a large one goes at the end of a run and comes back when a
/// consumer needs it.
@Suite struct TransientOutputTests {
  private let harness: Harness
  private let nodes = [
    Node("a").with { $0.isKept = false }, Node("b", ["a"]).with { $0.isKept = false },
    Node("c", ["b"]),
  ]

  init() throws {
    harness = try Harness()
  }

  /// Each output is above what the database holds, but for those of "c".
  private func run(
    _ nodes: [Node], options: RunOptions = RunOptions()
  ) throws -> RunRecord {
    try harness.run(nodes, options: options) { text, job, _ in
      let inputs = try Harness.inputTexts(job).map { String($0.prefix(9)) }
      let padding = text == "a" || text == "b" ? String(repeating: " ", count: 20_000) : ""
      return text + inputs.joined() + padding
    }
  }

  private func changed() -> [Node] {
    var changed = nodes
    changed[2].text = "c2"
    return changed
  }

  private var storedFileCount: Int {
    let paths = FileManager.default.enumerator(atPath: harness.folder.workspace.root.path + "/cas")
    return paths?.compactMap { $0 as? String }.count { $0.count > 60 } ?? 0
  }

  @Test func theyGoAtTheEndAndTheResultsStay() throws {
    #expect(try run(nodes).states == ["a: done", "b: done", "c: done"])
    #expect(storedFileCount == 0)
    #expect(try run(nodes).states == ["a: cached", "b: cached", "c: cached"])
    #expect(harness.started.values == ["a", "b", "c"])
    #expect(try harness.store.verify().damages.isEmpty)
    #expect(try harness.store.usage().artifactCount == 1)
  }

  @Test func aConsumerThatRunsHasThemMadeAgain() throws {
    _ = try run(nodes)
    let plan = try Planner(harness.store, dataFolders: DataFolders([])).plan(Graph(changed()))
    for (state, consumer) in zip(plan.states, ["b", "c"]) {
      guard case .run(_, let reasons) = state else {
        Issue.record("\(state) instead of a run")
        continue
      }
      #expect(reasons == [.notKept(consumer: consumer)])
      #expect(reasons.map(\.text) == ["its output is not kept, and \(consumer) needs it"])
    }
    #expect(try run(changed()).states == ["a: done", "b: done", "c: done"])
    #expect(harness.started.values == ["a", "b", "c", "a", "b", "c2"])
    #expect(storedFileCount == 0)
    #expect(try run(nodes).count(.cached) == 3)
  }

  @Test func aSelectionMayStillHaveThemMadeAgain() throws {
    _ = try run(nodes)
    let record = try run(changed(), options: .with { $0.selected = [2] })
    #expect(record.states == ["a: done", "b: done", "c: done"])
  }

  @Test func whatAConsumerStillNeedsStays() throws {
    let record = try run(nodes, options: .with { $0.selected = [0, 1] })
    #expect(record.states == ["a: done", "b: done", "c: skipped"])
    #expect(storedFileCount == 1)
    #expect(try run(nodes).states == ["a: cached", "b: cached", "c: done"])
    #expect(storedFileCount == 0)
  }

  @Test func whatAnotherResultNamesStays() throws {
    let twins = [Node("x").with { $0.isKept = false }, Node("y")]
    _ = try harness.run(twins) { _, _, _ in String(repeating: "same", count: 9_000) }
    #expect(storedFileCount == 1)
  }

  @Test func aCollectionAndAnExportKnowThem() throws {
    _ = try run(nodes)
    let folder = try TemporaryFolder()
    let keys = Set(try harness.store.entries().map(\.key))
    let transfer = try harness.store.export(keys, to: folder.workspace.root.path)
    #expect(transfer.resultCount == 1)
    #expect(transfer.refused.map(\.why) == Array(repeating: "its contents are not kept", count: 2))
    let removed = try harness.store.remove(harness.store.entries())
    #expect(removed.keys == keys)
    #expect(removed.byteCount < 100)
    #expect(try run(nodes).count(.done) == 3)
  }
}
