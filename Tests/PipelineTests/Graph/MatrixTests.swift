import Pipeline
import Testing

@Suite("Matrix and joins")
struct MatrixTests {
  private func ids(_ stages: String, profile: String? = nil) throws -> [String] {
    let text = """
      version: 1
      name: t
      axes: {seed: [1, 2], arm: [x, y]}
      profiles: {wide: {axes: {seed: [1, 2, 3]}}, one: {axes: {arm: [y]}}}
      stages:
      """
    return try ExampleSpec.loader(["s.yaml": text + "\n" + stages])
      .load(file: "s.yaml", profile: profile).instances.map(\.id)
  }

  @Test func axesStandInOrderOfDeclaration() throws {
    #expect(
      try ids("  a: {uses: copy, matrix: [arm, seed]}") == [
        "a[seed=1,arm=x]", "a[seed=1,arm=y]", "a[seed=2,arm=x]", "a[seed=2,arm=y]",
      ])
  }

  @Test func profilesReplaceEntries() throws {
    #expect(
      try ids("  a: {uses: copy, matrix: [seed]}", profile: "wide") == [
        "a[seed=1]", "a[seed=2]", "a[seed=3]",
      ])
    #expect(try ids("  a: {uses: copy, matrix: [arm]}", profile: "one") == ["a[arm=y]"])
  }

  @Test func excludeAndInclude() throws {
    #expect(
      try ids(
        """
          a:
            uses: copy
            matrix:
              axes: [seed]
              depth: [1, 2]
              exclude: [{seed: 1, depth: 2}]
              include: [{seed: 1, depth: 5}]
        """) == [
          "a[seed=1,depth=1]", "a[seed=2,depth=1]", "a[seed=2,depth=2]", "a[seed=1,depth=5]",
        ])
  }

  @Test func anAxisNotListedDoesNotMultiply() throws {
    #expect(
      try ids(
        """
          b: {uses: copy, matrix: [seed], inputs: {x: a.y}}
          a: {uses: copy}
        """) == ["a", "b[seed=1]", "b[seed=2]"])
  }

  @Test func needsGiveOrderByLabel() throws {
    let text = """
      version: 1
      name: t
      axes: {seed: [1, 2], arm: [x, y]}
      stages:
        b: {uses: copy, matrix: [seed], needs: [a]}
        a: {uses: copy, matrix: [seed, arm]}
        off: {uses: copy, if: "${profile == 'paper'}"}
        c: {uses: copy, needs: off}
        d: {uses: copy, inputs: {x: off.y}}
      """
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml")
    let second = try #require(graph.instances.first { $0.id == "b[seed=2]" })
    #expect(second.needs.map { graph.instances[$0].id } == ["a[seed=2,arm=x]", "a[seed=2,arm=y]"])
    let after = try #require(graph.instances.first { $0.id == "c" })
    #expect(after.isEnabled && after.needs.isEmpty)
    // An optional input of a stage that is off stays empty.
    let free = try #require(graph.instances.first { $0.id == "d" })
    #expect(free.isEnabled && free.inputs.isEmpty)
  }

  @Test func aRequiredInputFromAStageThatIsOffTurnsTheConsumerOff() throws {
    let text = """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, if: false}
        poison: {uses: backdoor.poison, inputs: {images: data.train}}
        model: {uses: train.classifier, inputs: {train: poison.images}}
      """
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml")
    #expect(graph.instances.map(\.isEnabled) == [false, false, false])
    let plan = Plan(graph, previous: { _ in nil }, lookup: { _ in nil })
    #expect(
      plan.states == [.skipped(.condition), .skipped(.upstream(0)), .skipped(.upstream(1))])
  }

  @Test func tooManyInstances() {
    let text = """
      version: 1
      name: t
      axes: {a: [1, 2, 3], b: [1, 2, 3]}
      stages:
        s: {uses: copy, matrix: [a, b]}
        t: {uses: copy, matrix: [a]}
        u: {uses: copy, matrix: [a]}
      """
    func problems(_ limit: Int) -> String {
      do {
        _ = try SpecLoader(
          registry: FakeStages.registry, reader: .memory(["s.yaml": text]), instanceLimit: limit
        ).load(file: "s.yaml")
        return ""
      } catch {
        return error.rendered()
      }
    }
    #expect(problems(15) == "")
    #expect(
      problems(14) == """
        s.yaml: error: the specification has 15 instances; the limit is 14
          each label of each axis multiplies the stages that vary over it
          fix: take labels out, or split the experiment
        """)
    #expect(
      problems(8) == """
        s.yaml:5:3: error: stage 's' has more than 8 instances
            5 |   s: {uses: copy, matrix: [a, b]}
              |   ^
          its axes multiply: a 3 x b 3
          fix: take an axis or labels out
        """)
  }

  /// The longest chain that the limits allow: expansion, order and plan use no recursion.
  @Test func aChainOfAHundredThousand() throws {
    func name(_ index: Int) -> String { "s" + String(index, radix: 36) }
    var text = "version: 1\nname: t\nstages:\n \(name(99_999)): {uses: copy}\n"
    text.reserveCapacity(4 << 20)
    for index in stride(from: 99_998, through: 0, by: -1) {
      text += " \(name(index)): {uses: copy,inputs: {x: \(name(index + 1)).y}}\n"
    }
    #expect(text.utf8.count <= 4 << 20)
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml")
    #expect(graph.instances.count == 100_000)
    #expect(graph.instances.last?.id == "s0")
    let plan = Plan(graph, previous: { _ in nil }, lookup: { _ in nil })
    guard case .maybe(99_998, _) = plan.states[99_999] else {
      Issue.record("\(plan.states[99_999])")
      return
    }
  }
}
