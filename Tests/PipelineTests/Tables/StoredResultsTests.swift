import Foundation
import Pipeline
import Testing

@Suite struct StoredResultsTests {
  static let provenance: RunProvenance = {
    var provenance = RunProvenance()
    provenance.programVersion = "1.2.3"
    provenance.commandLine = "pipeline run x.yaml"
    provenance.overrides = ["epochs=3"]
    provenance.specHash = "abc"
    provenance.gitCommit = "def"
    provenance.startedAt = "2026-01-01T00:00:00Z"
    provenance.finishedAt = "2026-01-01T00:01:00Z"
    provenance.elapsedSeconds = 60.5
    provenance.cpuSeconds = 100
    provenance.peakMemoryBytes = 1 << 33
    provenance.host = ["cpu": "abacus"]
    provenance.datasets = [ViewSamples.dataset]
    return provenance
  }()

  /// A producer and a consumer that gathers it.
  static func instances() -> [RunInstance] {
    let labels = [AxisLabel(axis: "seed", label: "a[=,]\"ü")]
    var data = RunInstance(
      stage: "data", labels: labels, kind: "dataset.images",
      location: SourceLocation(file: "x.yaml", line: 7, column: 1), status: .ran)
    data.key = "k1"
    data.parts = KeyParts(stored: [
      .init(name: "parameter.lr", value: "1.0"), .init(name: "type", value: "\"dataset\""),
    ])
    data.parameterOrigins = ["lr": "default (x.yaml:3)"]
    data.outputs = [StoredOutput(slot: "train", hash: "aa", byteCount: 12, type: .dataset)]
    data.startedSeconds = 0.25
    data.cost = Cost(elapsedSeconds: 1.5, cpuSeconds: 1.25, peakMemoryBytes: 1 << 20)
    data.attemptCount = 2
    data.attempt = "a-1"
    var model = RunInstance(
      stage: "model", labels: [], kind: "train.classifier",
      location: SourceLocation(file: "x.yaml", line: 9, column: 1), status: .failed)
    model.inputs = [
      InputBinding(
        slot: "train", sources: [.init(instance: 0, output: "train", gatheredLabels: labels)])
    ]
    model.needs = [0]
    model.failure = "it \"broke\"\n  why"
    model.logTail = ["last", "words"]
    return [data, model]
  }

  static let experiment = Experiment(
    name: "titim", title: "Trigger | intensity", file: "x.yaml", profile: "smoke",
    parameters: [.init(name: "lr", value: .double(1), origin: "default (x.yaml:3)")],
    paper: ["key": "TITIM"])

  private static func text(of document: RunDocument) -> Data {
    document.json.reduce(into: Data()) { $0 += $1 }
  }

  @Test func aLargeDocumentComesInPieces() throws {
    let instances = (0..<1001).map { number in
      RunInstance(
        stage: "attack", labels: [AxisLabel(axis: "number", label: "\(number)")], kind: "attack",
        location: SourceLocation(file: "x.yaml", line: 1, column: 1), status: .cached)
    }
    let document = RunDocument(
      run: "r1", experiment: Self.experiment, provenance: Self.provenance, instances: instances)
    #expect(Array(document.json).count > 1)
    let read = RunDocument(jsonValue: try Value(json: Self.text(of: document)))
    #expect(read?.instances == instances)
  }

  @Test func aDocumentReadsBackWhole() throws {
    let document = RunDocument(
      run: "r1", experiment: Self.experiment, provenance: Self.provenance,
      instances: Self.instances())
    let text = Self.text(of: document)
    let value = try Value(json: text)
    let read = try #require(RunDocument(jsonValue: value))
    #expect(read.run == "r1")
    #expect(read.instances == document.instances)
    #expect(read.provenance == document.provenance)
    #expect(read.experiment.paper == ["key": "TITIM"])
    #expect(read.experiment.parameters.map(\.value) == [.double(1)])
    #expect(Self.text(of: read) == text)
  }

  @Test(arguments: ["status", "inputs", "outputs", "cpu_seconds", "labels"])
  func aDocumentWithoutAFieldIsRefused(_ field: String) throws {
    let document = RunDocument(
      run: "r1", experiment: Self.experiment, provenance: Self.provenance,
      instances: Self.instances())
    let value = try Value(json: Self.text(of: document))
    guard case .map(var fields) = value, case .list(var list)? = fields["instances"],
      case .map(var instance) = list[0]
    else {
      Issue.record("the document is not a map with instances")
      return
    }
    instance[field] = nil
    list[0] = .map(instance)
    fields["instances"] = .list(list)
    #expect(RunDocument(jsonValue: .map(fields)) == nil)
  }

  @Test func anInstanceMayNotReadWhatComesAfterIt() throws {
    let document = RunDocument(
      run: "r1", experiment: Self.experiment, provenance: Self.provenance,
      instances: Self.instances().reversed())
    #expect(RunDocument(jsonValue: try Value(json: Self.text(of: document))) == nil)
  }

  // MARK: On disk

  private static func document(_ run: String) -> RunDocument {
    RunDocument(
      run: run, experiment: experiment, provenance: provenance,
      instances: ViewSamples.instances().map {
        RunInstance(
          stage: $0.stage, labels: $0.labels, kind: "attack",
          location: SourceLocation(file: "x.yaml", line: 1, column: 1), status: $0.status)
      })
  }

  private static let graph = Graph(
    experiment: experiment, instances: [], tables: [ViewSamples.view()], plots: [],
    expectations: [])

  private func withRuns(_ names: [String], _ body: (ResultsRoot) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in names {
      let parts = name.split(separator: "/").map(String.init)
      let instances = ViewSamples.instances()
      try ResultsFolder(root: folder, experiment: parts[0]).write(
        Self.document(parts[1]),
        report: RunReport(graph: Self.graph, instances: instances, datasets: [ViewSamples.dataset]),
        instances: instances)
    }
    try body(ResultsRoot(folder))
  }

  @Test func theInstancesGiveTheSameTablesAgain() throws {
    try withRuns(["titim/r1"]) { root in
      let stored = try root.open()
      let again = RunReport(
        graph: Self.graph, instances: try stored.instanceResults(), datasets: [ViewSamples.dataset])
      let expected = try ViewSamples.table()
      #expect(again.tables == [expected])
      let tables = try stored.tables()
      #expect(tables == again.tables)
    }
  }

  @Test(arguments: [
    (nil, "b/20260301-2"), ("latest", "b/20260301-2"), ("a", "a/20260201-1"),
    ("a/20260101-1", "a/20260101-1"), ("20260201", "a/20260201-1"), ("20260301-2", "b/20260301-2"),
  ])
  func aRunIsNamedInSeveralWays(_ name: String?, _ expected: String) throws {
    try withRuns(["a/20260101-1", "a/20260201-1", "b/20260301-2"]) { root in
      let run = try root.open(name)
      #expect("\(run.folder.url.lastPathComponent)/\(run.run)" == expected)
      let path = try root.open(root.url.appending(path: expected).path)
      #expect(path.run == run.run)
    }
  }

  @Test(arguments: [
    ("fast", "b/20260103-000000-fast"), ("a/fast", "a/20260102-000000-fast"),
    ("fas", nil), ("b/20", "b/20260103-000000-fast"), ("a/20", nil),
    ("slo", "a/20260104-000000-slow"),
  ])
  func aGivenNameMeansTheNewestOfItsRuns(_ name: String, _ expected: String?) throws {
    let runs = [
      "a/20260101-000000-fast", "a/20260102-000000-fast", "b/20260103-000000-fast",
      "a/20260104-000000-slow",
    ]
    try withRuns(runs) { root in
      let found = try? root.open(name)
      #expect(found.map { "\($0.folder.url.lastPathComponent)/\($0.run)" } == expected)
    }
  }

  @Test func whatNamesNoRunIsRefused() throws {
    try withRuns(["a/20260101-1", "a/20260101-2"]) { root in
      let unknown = #expect(throws: StageFailure.self) { try root.open("20250101-1") }
      #expect(
        unknown?.description == """
          \(root.url.path): there is no stored run or experiment '20250101-1'
            stored are a, 20260101-1, 20260101-2
            fix: did you mean '20260101-1'?
          """)
      let several = #expect(throws: StageFailure.self) { try root.open("2026") }
      #expect(several?.what == "'2026' begins the names of 2 runs")
    }
    let empty = #expect(throws: StageFailure.self) {
      try ResultsRoot(URL(filePath: "/nowhere")).open()
    }
    #expect(empty?.what == "no run is stored here")
  }

  @Test func anOlderFormatIsCalledThat() throws {
    try withRuns(["a/r"]) { root in
      let file = root.url.appending(path: "a/r/run.json")
      try Data("{\"run\": \"r\"}".utf8).write(to: file)
      let old = #expect(throws: StageFailure.self) { try root.open() }
      #expect(old?.what == "this run was stored in format 1")
      try Data("{\"format\": 2}".utf8).write(to: file)
      let damaged = #expect(throws: StageFailure.self) { try root.open() }
      #expect(damaged?.what == "the stored file is damaged")
    }
  }
}
