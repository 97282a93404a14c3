import Pipeline
import Testing

@Suite("Values from outside a specification")
struct SpecChangesTests {
  private static let text = """
    version: 1
    name: t
    params: {lr: 0.1, epochs: 3, train: 100}
    axes: {seed: [1, 2]}
    profiles: {small: {params: {lr: 0.2, epochs: 1, train: 10}}}
    stages:
      data: {uses: dataset.images, with: {train: "${train}"}}
      model:
        uses: train.classifier
        matrix: [seed]
        inputs: {train: data.train}
        with: {lr: "${lr}", epochs: "${epochs}", seed: "${matrix.seed}"}
    tables: {t: {from: model.scores, rows: seed, value: accuracy}}

    """

  private func resolve(
    _ files: [String: String] = [:], text: String = text, _ change: (inout SpecChanges) -> Void
  ) throws(SpecErrors) -> ResolvedSpec {
    var changes = SpecChanges()
    change(&changes)
    return try ExampleSpec.loader(["s.yaml": text].merging(files) { $1 })
      .resolve(file: "s.yaml", changes)
  }

  private func problems(
    _ files: [String: String] = [:], text: String = text, _ change: (inout SpecChanges) -> Void
  ) -> String {
    do {
      _ = try resolve(files, text: text, change)
      return ""
    } catch {
      return error.rendered()
    }
  }

  @Test func laterOnesWin() throws {
    let files = [
      "set.yaml": "lr: 0.3\nepochs: 2\naxes: {seed: [5, 6]}\n", "more.yaml": "lr: 0.4\n",
    ]
    let resolved = try resolve(files) {
      $0.profile = "small"
      $0.setFiles = ["set.yaml", "more.yaml"]
      $0.overrides = ["epochs=7"]
      $0.seed = 9
    }
    let lines = resolved.entries.map { "\($0.path) = \($0.value.canonicalJSON) (\($0.origin))" }
    #expect(
      lines.prefix(4) == [
        "params.lr = 0.4 (set file (more.yaml:1))", "params.epochs = 7 (command line)",
        "params.train = 10 (profile small (s.yaml:5))", "axes.seed[9] = 9 (command line)",
      ])
    #expect(lines.contains("stages.model.with.lr = 0.4 (set file (more.yaml:1))"))
    #expect(lines.contains("stages.model.with.seed = 9 (command line)"))
  }

  @Test func seedsAreAxesOrParameters() throws {
    let parameter = Self.text.replacing("axes: {seed: [1, 2]}\n", with: "")
      .replacing("train: 100}", with: "train: 100, seed: 1}")
      .replacing("    matrix: [seed]\n", with: "").replacing("matrix.seed", with: "seed")
      .replacing("rows: seed, ", with: "")
    #expect(
      try resolve(text: parameter) { $0.seed = 4 }.graph.experiment.parameters.last?.value
        == .int(4))
    let neither = parameter.replacing(", seed: 1}", with: "}").replacing("\"${seed}\"", with: "1")
    #expect(
      problems(text: neither) { $0.seed = 4 } == """
        command line: error: --seed 4: the specification has neither an axis nor a parameter 'seed'
          the option sets the one that is there
          fix: declare axes: {seed: [1]} and use ${matrix.seed}, or remove the option
        """)
  }

  private static let arms = """
    version: 1
    name: t
    axes: {kind: [low, high], seed: [1, 2]}
    stages:
      data: {uses: dataset.images}
      model:
        uses: train.classifier
        matrix: {axes: [kind, seed], exclude: [{kind: high, seed: 2}], include: [{kind: high, seed: 2}]}
        inputs: {train: data.train}
    tables:
      t: {from: model.scores, rows: kind, over: seed, value: accuracy}
      only: {from: model.scores, rows: seed, where: {kind: high}, value: accuracy}
    plots:
      p: {from: model.scores, kind: scatter, x: seed, y: accuracy, where: {kind: high}}
    expect:
      - {id: low, value: "t[kind=low]", at_least: 0}
      - {id: both, left: "t[kind=high]", right: "t[kind=low]", greater_by: 0}
      - {id: rest, value: "max(t[kind!=low])", at_least: 0}
      - {id: hidden, value: "max(only)", at_least: 0}
      - {id: range, value: "range(t)", at_least: 0}

    """

  /// A claim about a label that was taken away from outside is not judged; a label that was never
  /// there stays a mistake.
  @Test func anAxisMayBeNarrowedUnderClaims() throws {
    let changes: [(inout SpecChanges) -> Void] = [
      { $0.overrides = ["axes.kind=[low]"] }, { $0.setFiles = ["set.yaml"] },
    ]
    let files = ["set.yaml": "axes: {kind: [low]}\n"]
    for change in changes {
      let graph = try resolve(files, text: Self.arms, change).graph
      #expect(
        graph.expectations.map { "\($0.id) \($0.narrowedAxis ?? "-")" } == [
          "low -", "both kind", "rest kind", "hidden kind", "range -",
        ])
      #expect(graph.tables.map(\.name) == ["t"])
      #expect(graph.plots.isEmpty)
      #expect(graph.instances.map(\.id).last == "model[kind=low,seed=2]")
    }
    #expect(
      problems(text: Self.arms.replacing("kind=high", with: "kind=hihg")) {
        $0.overrides = ["axes.kind=[low]"]
      } == """
        s.yaml:17:22: error: axis 'kind' has no label 'hihg'
           17 |   - {id: both, left: "t[kind=hihg]", right: "t[kind=low]", greater_by: 0}
              |                      ^~~~~~~~~~~~~~
          its labels: low
        """)
    let pinned = Self.arms.replacing(
      "tables:",
      with: "  next: {uses: backdoor.evaluate, inputs: {model: {from: model.model, where: "
        + "{kind: high, seed: 1}}, images: data.test}}\ntables:")
    #expect(
      problems(text: pinned) { $0.overrides = ["axes.kind=[low]"] }.contains(
        "error: axis 'kind' has no label 'high'\n"))
  }

  @Test func setFilesAreChecked() {
    #expect(
      problems(["set.yaml": "lrr: 1\nepochs: many\naxes: {sed: [1]}\n"]) {
        $0.setFiles = ["set.yaml", "none.yaml"]
      } == """
        set.yaml:1:1: error: there is no parameter 'lrr'
            1 | lrr: 1
              | ^~~
          a set file gives other values to declared parameters
          fix: did you mean 'lr'?
        set.yaml:2:9: error: parameter 'epochs' is 'many', a string
            2 | epochs: many
              |         ^~~~
          it is declared as int (s.yaml:3)
          fix: write an integer: 3
        set.yaml:3:8: error: there is no axis 'sed'
            3 | axes: {sed: [1]}
              |        ^~~
          a set file gives other values to declared axes
          fix: did you mean 'seed'?
        command line: error: --set-file none.yaml: there is no such file
          fix: check the path and the name
        """)
  }

  @Test func warnings() throws {
    let text = """
      version: 1
      name: t
      params: {used: 100, unused: 1}
      axes: {seed: [1, 2], idle: [1]}
      stages:
        data: {uses: dataset.images, with: {train: "${used}"}}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}

      """
    let checked = try ExampleSpec.loader(["s.yaml": text]).check(file: "s.yaml")
    #expect(checked.profiles.map(\.instanceCount) == [3])
    #expect(
      DiagnosticRenderer(sources: checked.sources).render(checked.warnings) == """
        s.yaml:3:21: warning: nothing uses the parameter 'unused'
            3 | params: {used: 100, unused: 1}
              |                     ^~~~~~
          changing it changes no result
          fix: use it in a stage ("${unused}"), or remove it
        s.yaml:4:22: warning: no stage varies over the axis 'idle'
            4 | axes: {seed: [1, 2], idle: [1]}
              |                      ^~~~
          an axis multiplies only the stages that list it
          fix: add it to a stage (matrix: [idle]), or remove it
        s.yaml:7:3: warning: nobody reads the stage 'model'
            7 |   model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
              |   ^~~~~
          no stage takes its outputs, and no table or plot shows them
          fix: show it in a table, or remove it
        """)
  }
}
