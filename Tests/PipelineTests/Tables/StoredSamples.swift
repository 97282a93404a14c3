import Foundation
import Pipeline

/// Two experiments' worth of stored runs over the small attack matrix: data and poison feed three
/// seeds of two trainings, which feed the attack.
enum StoredSamples {
  static let parameters = [
    ResolvedParameter(name: "epochs", value: .int(2), origin: "profile smoke (x.yaml:9)"),
    ResolvedParameter(name: "tests", value: .list([.double(0.1)]), origin: "default (x.yaml:5)"),
  ]

  static func experiment(_ parameters: [ResolvedParameter] = parameters) -> Experiment {
    Experiment(
      name: "study", title: "A study", file: "x.yaml", profile: "smoke", parameters: parameters,
      paper: [:])
  }

  static let claims = [
    claim("mix_wins", "asr[train=mix].worst"), claim("single_high", "asr[train='1.0',test=1.0]"),
  ]

  static func claim(_ id: String, _ cell: String, atLeast bound: Double = 50) -> Claim {
    Claim(
      id: id, claim: id, condition: .atLeast(CellExpression.sample(cell), bound), paper: nil,
      seeds: .mean, level: .error, profiles: [], location: ViewSamples.here)
  }

  static func graph(
    _ parameters: [ResolvedParameter] = parameters, claims: [Claim] = claims
  ) -> Graph {
    Graph(
      experiment: experiment(parameters), instances: [], tables: [ViewSamples.view()], plots: [],
      expectations: claims)
  }

  /// A data stage, a training for each row and seed, and its attack.
  static func instances(epochs: Int = 2) -> [RunInstance] {
    var data = RunInstance(
      stage: "data", labels: [], kind: "dataset.images", location: place(20), status: .ran)
    data.parts = KeyParts(stored: [
      .init(name: "type", value: "\"dataset.images\""),
      .init(name: "file.train", value: "\"\(String(repeating: "ab", count: 32))\""),
    ])
    data.key = data.parts.key
    data.outputs = [output("train", "d1", .dataset)]
    var all = [data]
    for sample in ViewSamples.instances() {
      var model = RunInstance(
        stage: "model", labels: sample.labels, kind: "train.classifier", location: place(30),
        status: .ran)
      model.parts = KeyParts(stored: [
        .init(name: "type", value: "\"train.classifier\""),
        .init(name: "parameter.epochs", value: String(epochs)),
        .init(name: "parameter.lr", value: "0.05"),
        .init(name: "parameter.seed", value: sample.labels[1].label),
        .init(name: "parameter.train", value: "\"\(sample.labels[0].label)\""),
      ])
      model.key = model.parts.key
      model.parameterOrigins = ["epochs": "profile smoke (x.yaml:9)", "train": "axis (x.yaml:12)"]
      model.parameterSources = ["epochs": ["epochs"]]
      model.inputs = [
        .init(slot: "train", sources: [.init(instance: 0, output: "train", gatheredLabels: [])])
      ]
      model.outputs = [output("model", "m\(sample.id)e\(epochs)", .model)]
      all.append(model)
      var attack = RunInstance(
        stage: "attack", labels: sample.labels, kind: "backdoor.eval", location: place(40),
        status: .ran)
      attack.parts = KeyParts(stored: [
        .init(name: "type", value: "\"backdoor.eval\""),
        .init(name: "input.model", value: "[[\"\(model.outputs[0].hash)\",[]]]"),
      ])
      attack.key = attack.parts.key
      attack.inputs = [
        .init(
          slot: "model",
          sources: [.init(instance: all.count - 1, output: "model", gatheredLabels: [])])
      ]
      attack.outputs = [output("scores", "s\(sample.id)", .table)]
      all.append(attack)
    }
    return all
  }

  private static func place(_ line: Int) -> SourceLocation {
    SourceLocation(file: "x.yaml", line: line, column: 1)
  }

  private static func output(_ slot: String, _ seed: String, _ type: ArtifactType) -> StoredOutput {
    StoredOutput(slot: slot, hash: SHA256.hex(of: seed), byteCount: 1, type: type)
  }

  /// Stores runs in a folder that lives as long as the body.
  static func withRoot(_ body: (ResultsRoot) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(ResultsRoot(folder))
  }

  @discardableResult
  static func store(
    _ name: String, in root: ResultsRoot, parameters: [ResolvedParameter] = parameters,
    epochs: Int = 2, values: [(train: String, seed: String, values: [Double?])] = ViewSamples.asr
  ) throws -> StoredResults {
    let samples = ViewSamples.instances(values)
    let document = RunDocument(
      run: name, experiment: experiment(parameters), provenance: StoredResultsTests.provenance,
      instances: instances(epochs: epochs))
    // In the order of the document: the data and the models have no tables.
    let results = document.instances.map { instance in
      samples.first { $0.stage == instance.stage && $0.labels == instance.labels }
        ?? InstanceResult(stage: instance.stage, labels: instance.labels, status: .ran)
    }
    try ResultsFolder(root: root.url, experiment: "study").write(
      document,
      report: RunReport(
        graph: graph(parameters), instances: results, datasets: [ViewSamples.dataset]),
      instances: results)
    return try root.open("study/\(name)")
  }
}

extension CellExpression {
  /// A text that is known to be sound.
  static func sample(_ text: String) -> CellExpression {
    guard let expression = try? CellExpression(parsing: text) else {
      preconditionFailure("'\(text)' is no cell expression")
    }
    return expression
  }
}
