import Pipeline
import Testing

@Suite struct StageGraphTests {
  /// data -> model (two seeds) -> score (gathers), data -> score; report only waits for score.
  private static let document: RunDocument = {
    func instance(
      _ stage: String, _ labels: [AxisLabel] = [], _ status: InstanceResult.Status = .ran,
      inputs: [(Int, [AxisLabel])] = []
    ) -> RunInstance {
      var instance = RunInstance(
        stage: stage, labels: labels, kind: "test.\(stage)",
        location: SourceLocation(file: "x.yaml", line: 1, column: 1), status: status)
      instance.inputs = inputs.enumerated().map { index, input in
        InputBinding(
          slot: "s\(index)",
          sources: [.init(instance: input.0, output: "o", gatheredLabels: input.1)])
      }
      return instance
    }
    let seeds = ["1", "2"].map { AxisLabel(axis: "seed", label: $0) }
    var broken = instance("model", [seeds[1]], .failed, inputs: [(0, [])])
    broken.failure = "it broke"
    var last = instance("report", [], .failed)
    last.needs = [3]
    return RunDocument(
      run: "r", experiment: StoredResultsTests.experiment,
      provenance: StoredResultsTests.provenance,
      instances: [
        instance("data", [], .cached), instance("model", [seeds[0]], inputs: [(0, [])]), broken,
        instance("score", [], .failed, inputs: [(1, [seeds[0]]), (2, [seeds[1]]), (0, [])]), last,
      ])
  }()

  @Test func stagesCollapseWithTheirStates() throws {
    let graph = try StageGraph(Self.document)
    #expect(
      graph.text == """
        data    ×1  test.data    1 cached
        model   ×2  test.model   1 ran, 1 failed  <- data
        score   ×1  test.score   1 not reached  <- data, model
        report  ×1  test.report  1 not reached  <- score

        """)
  }

  @Test func anExpandedStageShowsItsInstances() throws {
    let graph = try StageGraph(Self.document, expanded: ["model"])
    #expect(
      graph.nodes.map(\.name) == ["data", "model[seed=1]", "model[seed=2]", "score", "report"])
    let failure = #expect(throws: StageFailure.self) {
      try StageGraph(Self.document, expanded: ["modle"])
    }
    #expect(
      failure?.description == """
        --expand: there is no stage 'modle'
          the stages are data, model, report, score
          fix: did you mean 'model'?
        """)
  }

  @Test func itIsWrittenForOtherPrograms() throws {
    let graph = try StageGraph(Self.document)
    #expect(
      graph.mermaid == """
        flowchart LR
          n0["data<br/>test.data<br/>1 cached"]
          n1["model ×2<br/>test.model<br/>1 ran, 1 failed"]
          n2["score<br/>test.score<br/>1 not reached"]
          n3["report<br/>test.report<br/>1 not reached"]
          n0 --> n1
          n0 --> n2
          n1 ==> n2
          n2 -.-> n3

        """)
    #expect(
      graph.dot(title: "a \"b\"") == #"""
        digraph {
          label="a \"b\""; labelloc=t; rankdir=LR;
          node [shape=box, style=rounded, fontname="Helvetica"];
          n0 [label="data\ntest.data\n1 cached"];
          n1 [label="model ×2\ntest.model\n1 ran, 1 failed"];
          n2 [label="score\ntest.score\n1 not reached"];
          n3 [label="report\ntest.report\n1 not reached"];
          n0 -> n1;
          n0 -> n2;
          n1 -> n2 [penwidth=2];
          n2 -> n3 [style=dashed];
        }

        """#)
    guard case .map(let fields) = graph.jsonValue, case .list(let edges)? = fields["edges"] else {
      Issue.record("no edges")
      return
    }
    #expect(
      edges.first?.canonicalJSON
        == #"{"from":"data","gathered":false,"order_only":false,"to":"model"}"#)
  }

  @Test func thePictureNamesEveryStage() throws {
    let svg = try StageGraph(Self.document).svg(title: "r <1>")
    for text in ["r &lt;1&gt;", ">model<", ">×2<", ">1 ran, 1 failed<", ">not reached<"] {
      #expect(svg.contains(text), "\(text)")
    }
    #expect(!svg.contains("<a "))
  }
}
