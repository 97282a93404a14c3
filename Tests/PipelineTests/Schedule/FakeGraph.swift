import Foundation
import Pipeline

/// A stage without a body of its own; what it does is up to the executor of the test.
struct TextStage: Stage {
  static let kind = "test.fake"
  static let version = 1
  static let summary = "Does what the test says."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("from", .text, isOptional: true, isList: true, help: "whatever comes before")
  ]
  static let outputs = [OutputSlot("out", .text, help: "a text")]
  static let type = StageType(TextStage.self, fingerprint: "f", numericsTag: "")

  let text: String
  let seconds: Double
  let file: String
  let leavesOutMissing: Bool

  init(_ p: inout ParameterReader) {
    file = p.string("file", default: "", affectsResult: false, help: "a file to declare")
    leavesOutMissing = p.bool(
      "leavesoutmissing", default: false, affectsResult: false,
      help: "do without the file where there is none")
    text = p.string("text", default: "", help: "part of the key")
    seconds = p.double("seconds", default: 0.1, affectsResult: false, help: "estimate")
  }

  var estimate: Estimate { Estimate(cpuSeconds: seconds, memoryBytes: 1 << 20) }

  func files(in folders: DataFolders) -> [DeclaredFile] {
    file.isEmpty || leavesOutMissing && !FileManager.default.fileExists(atPath: file)
      ? [] : [DeclaredFile(name: "data", url: URL(filePath: file))]
  }

  func run(_ context: StageContext) throws {
    try Data(text.utf8).write(to: context.output("out"))
  }
}

/// One instance of a test's graph.
struct Node {
  let name: String
  var text: String?
  var inputs: [String] = []
  var needs: [String] = []
  var seconds = 0.1
  var isEnabled = true
  /// Path of a file that the stage declares.
  var file = ""
  var resources = Resources()
  /// Whether its output stays in the store once nobody needs it.
  var isKept = true

  init(_ name: String, _ inputs: [String] = [], text: String? = nil, seconds: Double = 0.1) {
    self.name = name
    self.inputs = inputs
    self.text = text
    self.seconds = seconds
  }

  func with(_ change: (inout Node) -> Void) -> Node {
    var node = self
    change(&node)
    return node
  }
}

extension Graph {
  /// A graph of fake stages, in the order given.
  init(_ nodes: [Node]) {
    let index = Dictionary(
      nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let location = SourceLocation(file: "test.yaml", line: 1, column: 1)
    let instances = nodes.map { node in
      let sources = node.inputs.compactMap { index[$0] }.map {
        InputBinding.Source(instance: $0, output: "out", gatheredLabels: [])
      }
      return Instance(
        stage: node.name, labels: [],
        bound: TextStage.type.bind([
          "text": .string(node.text ?? node.name), "seconds": .double(node.seconds),
          "file": .string(node.file),
        ]),
        inputs: sources.isEmpty ? [] : [InputBinding(slot: "from", sources: sources)],
        needs: node.needs.compactMap { index[$0] }, isEnabled: node.isEnabled,
        resources: node.resources, location: location, parameterOrigins: [:],
        transientOutputs: node.isKept ? [] : ["out"])
    }
    self.init(
      experiment: Experiment(
        name: "test", title: "", file: "test.yaml", profile: "default", parameters: [], paper: [:]),
      instances: instances, tables: [], plots: [], expectations: [])
  }
}

/// Runs a closure in place of a stage. The closure gives the text of the only output; it gets the
/// stage's own text and the job.
struct FakeExecutor: Executor {
  let body: @Sendable (_ text: String, StageJob, Cancellation) throws -> String

  init(_ body: @escaping @Sendable (String, StageJob, Cancellation) throws -> String) {
    self.body = body
  }

  func execute(
    _ job: StageJob, cancellation: Cancellation, report: @escaping @Sendable (StageReport) -> Void
  ) throws -> (outputs: [ProducedOutput], cost: Cost) {
    guard case .string(let text) = job.bound.parameters["text"] else { return ([], Cost()) }
    let result = try body(text, job, cancellation)
    try Data(result.utf8).write(to: URL(filePath: job.outputFolder + "/out"))
    let output = try ProducedOutput(TextStage.outputs[0], in: job.outputFolder)
    return ([output], Cost(elapsedSeconds: 1, cpuSeconds: 1))
  }
}

/// Runs graphs against one store and keeps what happened.
final class Harness: Sendable {
  let folder: TemporaryFolder
  let store: Store
  /// Texts of the stages in the order in which they started.
  let started = Collected<String>()

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(folder.workspace)
  }

  /// Opens the same store once more, as another process would.
  init(sharing other: Harness) throws {
    folder = other.folder
    store = try Store(folder.workspace)
  }

  /// By default a stage's output is its text and the texts of its inputs.
  func run(
    _ nodes: [Node], jobs: Int = 1, options: RunOptions = RunOptions(),
    cancellation: Cancellation = Cancellation(),
    body: (@Sendable (String, StageJob, Cancellation) throws -> String)? = nil,
    observer: @escaping (RunEvent) -> Void = { _ in }
  ) throws -> RunRecord {
    var options = options
    options.jobs = jobs
    let executor = FakeExecutor { [started] text, job, cancellation in
      started.append(text)
      if let body { return try body(text, job, cancellation) }
      return text + (try Harness.inputTexts(job)).joined()
    }
    let runner = Runner(
      Graph(nodes), store: store, options: options, dataFolders: DataFolders([]),
      inline: executor, process: executor)
    return try runner.run(cancellation: cancellation, observer: observer)
  }

  static func inputTexts(_ job: StageJob) throws -> [String] {
    try (job.inputs["from"] ?? []).map { try String(contentsOf: $0.url, encoding: .utf8) }
  }
}

extension RunRecord {
  /// `name: state` of every instance.
  var states: [String] { instances.map { "\($0.name): \($0.state.rawValue)" } }
}

extension RunOptions {
  static func with(_ change: (inout RunOptions) -> Void) -> RunOptions {
    var options = RunOptions()
    change(&options)
    return options
  }
}
