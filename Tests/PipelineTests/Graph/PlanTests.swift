import Foundation
import Pipeline
import Testing

@Suite("Keys and plans")
struct PlanTests {
  private let text = """
    version: 1
    name: t
    params: {lr: 0.1, train: 100}
    axes: {seed: [1, 2]}
    stages:
      data: {uses: dataset.images, with: {train: "${train}"}}
      model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train, test: data.test}, with: {lr: "${lr}", seed: "${matrix.seed}"}}
    """

  private func graph(_ text: String, _ overrides: [String] = []) throws -> Graph {
    try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml", overrides: overrides)
  }

  /// Runs a plan's graph in mind: every instance gets outputs that depend on its key alone.
  private final class Store {
    var results: [String: [String: String]] = [:]
    var parts: [String: KeyParts] = [:]

    func plan(_ graph: Graph, forced: Set<Int> = [], files: [Int: [HashedFile]] = [:]) -> Plan {
      Plan(
        graph, files: files, forced: forced, previous: { self.parts[$0] },
        lookup: { self.results[$0] })
    }

    func run(_ graph: Graph, files: [Int: [HashedFile]] = [:]) {
      while let index = plan(graph, files: files).states.firstIndex(where: \.isRun) {
        let plan = plan(graph, files: files)
        guard let known = plan.parts[index] else { return }
        let instance = graph.instances[index]
        results[known.key] = Dictionary(
          uniqueKeysWithValues: instance.bound.type.outputs.map {
            ($0.name, SHA256.hex(of: known.key + $0.name))
          })
        parts[instance.id] = known
      }
      for (index, known) in plan(graph, files: files).parts.enumerated() {
        if let known { parts[graph.instances[index].id] = known }
      }
    }
  }

  private func reasons(_ state: Plan.State) -> [String] {
    switch state {
    case .run(_, let reasons): ["run"] + reasons.map(\.text)
    case .maybe(let producer, let reasons): ["maybe \(producer)"] + reasons.map(\.text)
    case .cached: ["cached"]
    case .skipped: ["skipped"]
    }
  }

  @Test func firstRunThenNothing() throws {
    let graph = try graph(text)
    let store = Store()
    #expect(
      store.plan(graph).states.map(reasons) == [
        ["run", "it has not run yet"], ["maybe 0", "it has not run yet"],
        ["maybe 0", "it has not run yet"],
      ])
    store.run(graph)
    #expect(store.plan(graph).states.map(reasons) == [["cached"], ["cached"], ["cached"]])
  }

  @Test func renamesCommentsAndDefaultsCostNothing() throws {
    let store = Store()
    store.run(try graph(text))
    let edited =
      "# a comment\n"
      + text.replacing("model:", with: "net:")
      .replacing("lr: \"${lr}\"", with: "lr: \"${lr}\", epochs: 1, arch: cnn4")
      .replacing("{train: \"${train}\"}", with: "{train: 100, lanes: 2}")
      .replacing("matrix: [seed]", with: "timeout: 3h, matrix: [seed]")
    #expect(
      try store.plan(graph(edited)).states.map(reasons) == [["cached"], ["cached"], ["cached"]])
  }

  @Test func changesAreExplained() throws {
    let store = Store()
    store.run(try graph(text))
    #expect(
      try store.plan(graph(text, ["lr=0.2"])).states.map(reasons) == [
        ["cached"], ["run", "lr was 0.1, now 0.2 from command line"],
        ["run", "lr was 0.1, now 0.2 from command line"],
      ])
    let fewer = text.replacing("train: 100", with: "train: 90")
    #expect(
      try store.plan(graph(fewer)).states.map(reasons) == [
        ["run", "train was 100, now 90 from default (s.yaml:3)"], ["maybe 0"], ["maybe 0"],
      ])
    #expect(
      try store.plan(graph(text), forced: [0, 1]).states.map(reasons) == [
        ["run", "forced"], ["maybe 0", "forced"], ["maybe 0"],
      ])
    store.results = [:]
    #expect(
      try store.plan(graph(text)).states.map(reasons)[0] == [
        "run", "its result is no longer stored",
      ])
  }

  private static let tool = """
    version: 1
    name: t
    params: {scale: 10, base: 2}
    axes: {k: [1, 2]}
    profiles: {small: {params: {scale: 5}}}
    stages:
      tool:
        uses: program
        matrix: [k]
        with:
          env: {C: "${scale}", K: "${matrix.k}", S: [1, "${scale * base}", "at ${base}"], W: 1}
          outputs: {out: text}
    """

  /// Of a map or list the reason is the one entry that differs, with what its expression read.
  @Test(arguments: [
    (["scale=4"], tool, "env.C was 10, now 4 (scale, command line)"),
    (
      ["scale=4"], tool,
      "env.S[1] was 20, now 8 (scale, command line; base, default (s.yaml:3); s.yaml:11)"
    ),
    (["base=3"], tool, "env.S[2] was \"at 2\", now \"at 3\" (base, command line; s.yaml:11)"),
    (["axes.k=[{label: 1, value: 7}]"], tool, "env.K was 1, now 7 (matrix.k, command line)"),
    ([], tool.replacing("W: 1", with: "W: 2"), "env.W was 1, now 2 (s.yaml:11)"),
    ([], tool.replacing("W: 1", with: "W: 1, X: a"), "env.X is new: \"a\" (s.yaml:11)"),
    ([], tool.replacing(", W: 1", with: ""), "env.W was 1, now gone"),
  ])
  func theEntryThatChangedIsNamed(_ overrides: [String], _ text: String, _ reason: String) throws {
    let store = Store()
    store.run(try graph(Self.tool))
    let plan = try store.plan(graph(text, overrides))
    #expect(reasons(plan.states[0]).contains(reason), "\(reasons(plan.states[0]))")
  }

  @Test func manyChangedEntriesAreToldAsOne() throws {
    func text(_ value: Int) -> String {
      let entries = (1...9).map { "k\($0): \(value)" }.joined(separator: ", ")
      return "version: 1\nname: t\nstages:\n  tool: {uses: program, with: "
        + "{env: {\(entries)}, outputs: {out: text}}}\n"
    }
    let store = Store()
    store.run(try graph(text(0)))
    let reason = try reasons(store.plan(graph(text(1))).states[0]).last ?? ""
    #expect(reason.hasPrefix("env was {\"k1\":0,") && reason.hasSuffix("} from s.yaml:4"))
  }

  @Test func entriesAreShownWithTheirOrigins() throws {
    let resolved = try ExampleSpec.loader(["s.yaml": Self.tool]).resolve(
      file: "s.yaml", SpecChanges(profile: "small"))
    let shown = resolved.entries.filter { $0.path.hasPrefix("stages.tool.with.env.") }
      .map { "\($0.path) = \($0.value.canonicalJSON) # \($0.origin)" }
    #expect(
      shown.prefix(2) == [
        "stages.tool.with.env.C = 5 # scale, profile small (s.yaml:5)",
        "stages.tool.with.env.K = 1 # matrix.k, axes (s.yaml:4)",
      ])
  }

  @Test func anUnchangedOutputStopsTheWave() throws {
    let store = Store()
    let before = try graph(text)
    store.run(before)
    let after = try graph(text, ["train=90"])
    let data = store.plan(after).parts[0]
    let old = try #require(store.parts["data"])
    store.results[try #require(data).key] = store.results[old.key]
    #expect(store.plan(after).states.map(reasons) == [["cached"], ["cached"], ["cached"]])
  }

  @Test func filesAndInputsAreExplained() throws {
    let store = Store()
    let graph = try graph(text)
    func files(_ hash: String) -> [Int: [HashedFile]] {
      [0: [HashedFile(name: "images.bin", url: URL(filePath: "/data/images.bin"), hash: hash)]]
    }
    store.run(graph, files: files("aa"))
    #expect(
      store.plan(graph, files: files("bb")).states.map(reasons)[0] == [
        "run", "the file 'images.bin' changed",
      ])
    let data = try #require(store.plan(graph, files: files("bb")).parts[0])
    store.results[data.key] = ["train": "t", "test": "u"]
    #expect(
      store.plan(graph, files: files("bb")).states.map(reasons)[1] == [
        "run", "its input 'test' changed (from data)", "its input 'train' changed (from data)",
      ])
  }

  @Test func keysHoldWhatMattersAndNothingElse() throws {
    let parts = KeyParts(
      of: FakeStages.type(Classifier.self).bind(["lr": .int(1)]),
      inputs: [
        "train": [
          KeyParts.Artifact(hash: "ab", labels: [AxisLabel(axis: "seed", label: "1")]),
          KeyParts.Artifact(hash: "cd", labels: []),
        ]
      ], files: [])
    #expect(
      parts.parts.map { "\($0.name)=\($0.value)" } == [
        "code=\"f1\"", "input.train=[[\"ab\",[[\"seed\",\"1\"]]],[\"cd\",[]]]",
        "numerics=\"f32\"", "parameter.arch=\"cnn4\"", "parameter.epochs=1", "parameter.lr=1.0",
        "parameter.seed=0", "type=\"train.classifier\"", "version=1",
      ])
    #expect(KeyParts(stored: parts.parts.reversed()).key == parts.key)
    // sha256 of "k14:code4:\"f1\"..." as the doc comment spells it out.
    let text =
      "k1"
      + parts.parts.map {
        "\($0.name.utf8.count):\($0.name)\($0.value.utf8.count):\($0.value)"
      }.joined()
    #expect(parts.key == SHA256.hex(of: text))
    let edited = KeyParts(
      of: FakeStages.type(Classifier.self, fingerprint: "f2").bind(["lr": .int(1)]), inputs: [:],
      files: [])
    let graph = try graph(self.text)
    #expect(
      RunReason.reasons(from: parts, to: edited, of: graph.instances[1], in: graph).map(\.text) == [
        "the code that computes it was edited", "its input 'train' changed (from data)",
      ])
  }
}

extension Plan.State {
  fileprivate var isRun: Bool {
    if case .run = self { true } else { false }
  }
}
