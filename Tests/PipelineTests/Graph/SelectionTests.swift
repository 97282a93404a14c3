import Pipeline
import Testing

@Suite("Selecting instances")
struct SelectionTests {
  /// data -> model[1, 2] -> attack[1, 2]; report needs nothing.
  private static let text = """
    version: 1
    name: t
    axes: {seed: [1, 2]}
    stages:
      data: {uses: dataset.images}
      model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
      attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      extra: {uses: copy}
    """

  private func graph() throws -> Graph {
    try ExampleSpec.loader(["s.yaml": Self.text]).load(file: "s.yaml")
  }

  private func selection(_ change: (inout Selection) -> Void) -> Selection {
    var selection = Selection()
    change(&selection)
    return selection
  }

  private func names(_ change: (inout Selection) -> Void) throws -> [String] {
    let graph = try graph()
    let indices = try selection(change).indices(in: graph) ?? Set(graph.instances.indices)
    return indices.sorted().map { graph.instances[$0].id }
  }

  @Test func eachKindNarrowsAndSelectorsOfAKindAddUp() throws {
    #expect(try names { $0.only = ["model[seed=2]"] } == ["model[seed=2]"])
    #expect(try names { $0.only = ["extra", "data"] } == ["data", "extra"])
    #expect(
      try names { $0.only = ["data,model[seed=1],attack[seed=2]"] }
        == ["data", "model[seed=1]", "attack[seed=2]"])
    #expect(
      try names { $0.from = ["model[seed=1]"] } == ["model[seed=1]", "attack[seed=1]"])
    #expect(try names { $0.upto = ["model[seed=1]"] } == ["data", "model[seed=1]"])
    #expect(
      try names {
        $0.from = ["model"]
        $0.upto = ["attack[seed=2]"]
      } == ["model[seed=2]", "attack[seed=2]"])
    #expect(try names { $0.skip = ["*[seed=*]"] } == ["data", "extra"])
    #expect(try selection { _ in }.indices(in: graph()) == nil)
  }

  @Test(arguments: [
    (
      ["modle"],
      """
      error: --only 'modle' selects no instance
        the stages are attack, data, extra, model
        fix: did you mean 'model'?
      """
    ),
    (
      ["model[sed=1]"],
      """
      error: --only 'model[sed=1]' selects no instance
        its axes are seed
        fix: did you mean 'seed'?
      """
    ),
    (
      ["model[seed=3]"],
      """
      error: --only 'model[seed=3]' selects no instance
        the labels of seed are 1, 2
      """
    ),
    (
      ["model[seed"],
      """
      error: 'model[seed' does not select instances
        expected STAGE or STAGE[axis=label,...], with * for any text
        fix: quote it for the shell: 'model[seed=1]'
      """
    ),
  ])
  func refusals(only: [String], expected: String) throws {
    let graph = try graph()
    let selection = selection { $0.only = only }
    let error = #expect(throws: Diagnostic.self) { try selection.indices(in: graph) }
    #expect(try DiagnosticRenderer().render(#require(error)) == expected)
  }

  @Test func nothingLeft() throws {
    let graph = try graph()
    let selection = selection {
      $0.only = ["data"]
      $0.skip = ["*"]
    }
    let error = #expect(throws: Diagnostic.self) { try selection.indices(in: graph) }
    #expect(
      try DiagnosticRenderer().render(#require(error)) == """
        error: nothing is selected: --only 'data' --skip '*'
          each option narrows what the others leave, and together they leave no instance
          fix: remove one of them
        """)
  }

  @Test func plansSayWhatIsMissing() throws {
    let graph = try graph()
    let selected = try #require(try selection { $0.only = ["attack"] }.indices(in: graph))
    let empty = Plan(graph, selected: selected, previous: { _ in nil }, lookup: { _ in nil })
    #expect(
      empty.states == [
        .skipped(.leftOut), .skipped(.leftOut), .skipped(.leftOut), .skipped(.leftOut),
        .skipped(.upstream(2)), .skipped(.upstream(3)),
      ])
    let missing = empty.missingProducers(of: selected, in: graph)
    // The order is data, extra, model 1, model 2, attack 1, attack 2.
    #expect(missing.map(\.producer) == [0, 2, 3])
    #expect(missing.map(\.consumer) == [4, 4, 5])
    let full = Plan(
      graph, selected: selected, previous: { _ in nil },
      lookup: { ["train": $0, "test": $0, "model": $0, "scores": $0, "y": $0] })
    #expect(full.missingProducers(of: selected, in: graph).isEmpty)
    #expect(full.states.allSatisfy { if case .cached = $0 { true } else { false } })
  }
}
