import Foundation
import Pipeline
import Testing

/// A small run as a page: an attack trained with three seeds, two claims, figures, a failure.
enum PageSamples {
  static let hostile = "<script>alert('x')</script> & \"<img src=https://evil.example/x.png>\""

  static func document(
    title: String = "Trigger intensity", instanceCount: Int = 6, failure: String? = nil
  ) -> RunDocument {
    let experiment = Experiment(
      name: "titim", title: title, file: "experiments/titim.yaml", profile: "default",
      parameters: [.init(name: "epochs", value: .int(3), origin: "default (x.yaml:4)")],
      paper: ["key": "TITIM", "note": title])
    var data = RunInstance(
      stage: "data", labels: [], kind: "dataset.images",
      location: SourceLocation(file: "x.yaml", line: 7, column: 1), status: .cached)
    data.outputs = [StoredOutput(slot: "train", hash: "aa", byteCount: 12, type: .dataset)]
    let attacks = (0..<instanceCount).map { index in
      attack(index, failure: index == 1 ? failure : nil)
    }
    return RunDocument(
      run: "20260101-000000-abcd", experiment: experiment,
      provenance: StoredResultsTests.provenance, instances: [data] + attacks)
  }

  private static func attack(_ index: Int, failure: String?) -> RunInstance {
    let known = ViewSamples.instances()
    let labels =
      index < known.count
      ? known[index].labels : [AxisLabel(axis: "train", label: "more \(index)")]
    var attack = RunInstance(
      stage: "attack", labels: labels, kind: "backdoor.eval",
      location: SourceLocation(file: "x.yaml", line: 20, column: 1),
      status: failure == nil ? .ran : .failed)
    attack.key = String(repeating: "0f", count: 32)
    attack.parts = KeyParts(stored: [
      .init(name: "input.train", value: "[[\"aabbccddeeff0011\",[]]]"),
      .init(name: "parameter.seed", value: "\(index)"), .init(name: "type", value: "\"eval\""),
    ])
    attack.inputs = [
      InputBinding(
        slot: "train", sources: [.init(instance: 0, output: "train", gatheredLabels: [])])
    ]
    attack.startedSeconds = Double(index)
    attack.cost = Cost(elapsedSeconds: 1.5, cpuSeconds: 2.5, peakMemoryBytes: 1 << 20)
    attack.attempt = "a-\(index)"
    attack.attemptCount = 1
    attack.failure = failure
    attack.logTail = failure.map { [$0] } ?? []
    return attack
  }

  static func report(
    title: String = "Trigger intensity", bound: Double = 30, profiles: [String] = []
  ) throws -> RunReport {
    let left = try CellExpression(parsing: "asr[train=mix].worst")
    let right = try CellExpression(parsing: "asr[train='1.0'].worst")
    let graph = Graph(
      experiment: document(title: title).experiment, instances: [],
      tables: [ViewSamples.view()], plots: [plot(.line, title), plot(.images, title)],
      expectations: [
        Claim(
          id: "mix", claim: title, condition: .greaterBy(left: left, right: right, bound),
          paper: .init(
            value: nil, left: 92.77, right: 10.61, source: "abstract", dataset: "cifar10"),
          seeds: .all, level: .error, profiles: profiles, location: ViewSamples.here)
      ])
    return RunReport(graph: graph, instances: instances, datasets: [ViewSamples.dataset])
  }

  /// As the document's instances, the first of which makes no table.
  static var results: [InstanceResult] {
    [InstanceResult(stage: "data", labels: [], status: .cached)] + instances
  }

  static var instances: [InstanceResult] {
    ViewSamples.instances().enumerated().map { index, instance in
      var instance = instance
      instance.figures["preview"] =
        PNGImage(width: 4, height: 4, fill: .init(UInt8(index), 0, 0)).pngData
      return instance
    }
  }

  private static func plot(_ kind: PlotView.Kind, _ title: String) -> PlotView {
    PlotView(
      name: kind == .line ? "curve" : "previews", title: title, kind: kind, stage: "attack",
      output: kind == .line ? "scores" : "preview", table: "", x: kind == .line ? "test" : "train",
      y: kind == .line ? "asr" : "", color: kind == .line ? "train" : "", over: ["seed"],
      filters: [], location: ViewSamples.here)
  }

  static func page(title: String = "Trigger intensity", failure: String? = nil) throws -> String {
    try RunPage(
      document(title: title, failure: failure), report: try report(title: title),
      instances: results
    ).html()
  }
}
