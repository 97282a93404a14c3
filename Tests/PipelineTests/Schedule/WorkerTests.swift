import Foundation
import Pipeline
import Testing

/// A stage whose output is larger than the disk.
private struct Flood: Stage {
  static let kind = "test.flood"
  static let version = 1
  static let summary = "Writes more than there is room for."
  static let inputs: [InputSlot] = []
  static let outputs = [OutputSlot("out", .text, help: "zeros")]
  static let type = StageType(Flood.self, fingerprint: "f", numericsTag: "")

  init(_ p: inout ParameterReader) {}

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    try Data(count: 2 << 20).write(to: context.output("out"))
  }
}

/// A stage whose loss is lost.
private struct Diverging: Stage {
  static let kind = "test.diverging"
  static let version = 1
  static let summary = "Reports a loss that is no number."
  static let inputs: [InputSlot] = []
  static let outputs: [OutputSlot] = []
  static let type = StageType(Diverging.self, fingerprint: "f", numericsTag: "")

  init(_ p: inout ParameterReader) {}

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    context.progress(StageProgress(1, "over", [.init("loss", .nan)]))
  }
}

/// A stage whose bits depend on the kernels.
private struct Numeric: Stage {
  static let kind = "test.numeric"
  static let version = 1
  static let summary = "Computes nothing, but with numerics."
  static let inputs: [InputSlot] = []
  static let outputs: [OutputSlot] = []
  static let type = StageType(Numeric.self, fingerprint: "f", numericsTag: "f32")

  init(_ p: inout ParameterReader) {}

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {}
}

/// The worker's side of the protocol, over job files written by hand.
@Suite struct WorkerTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func writeJob(
    kind: String = TextStage.kind, fingerprint: String = "f", parameters: String,
    in url: URL? = nil
  ) throws {
    let url = url ?? folder.url
    let job: [String: Any] = [
      "protocolVersion": 1, "kind": kind, "version": 1, "fingerprint": fingerprint,
      "parameters": parameters, "inputs": [String: Any](), "files": [Any](), "lanes": 1,
      "outputFolder": url.path + "/out",
    ]
    try FileManager.default.createDirectory(
      at: url.appending(path: "out"), withIntermediateDirectories: false)
    try JSONSerialization.data(withJSONObject: job)
      .write(to: url.appending(path: "job.json"))
  }

  /// Runs in a process of its own, for a worker changes signal handling and ends with its
  /// standard input, here a pipe that stays open.
  private func result(in url: URL? = nil) async throws -> [String: Any] {
    let url = url ?? folder.url
    let path = url.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0 && dup2(ends[0], 0) == 0)
      exit(Worker.run(jobFolder: path, registry: StageRegistry([TextStage.type, Flood.type])))
    }
    return try writtenResult(in: url)
  }

  private func writtenResult(in url: URL? = nil) throws -> [String: Any] {
    let data = try Data(contentsOf: (url ?? folder.url).appending(path: "result.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func aJobLeavesOutputsWithHashesAndItsCost() async throws {
    try writeJob(parameters: #"{"seconds":0.1,"text":"héllo"}"#)
    let result = try await result()
    let outputs = try #require(result["outputs"] as? [[String: Any]])
    #expect(outputs.count == 1)
    #expect(outputs[0]["hash"] as? String == SHA256.hex(of: "héllo"))
    #expect(outputs[0]["byteCount"] as? Int == 6)
    let cost = try #require(result["cost"] as? [String: Any])
    #expect((cost["peakMemoryBytes"] as? Int ?? 0) > 1 << 20)
    #expect(result["failure"] == nil)
  }

  @Test(arguments: [
    (TextStage.kind, "other", "{}", "the worker is another version of the program than the runner"),
    ("test.unknown", "f", "{}", "the worker is another version of the program than the runner"),
    (TextStage.kind, "f", "[]", "the job's parameters are not a map"),
  ])
  func aJobThatCannotBeBoundSaysWhy(
    kind: String, fingerprint: String, parameters: String, what: String
  ) async throws {
    try writeJob(kind: kind, fingerprint: fingerprint, parameters: parameters)
    let failure = try #require(try await result()["failure"] as? [String: Any])
    #expect(failure["what"] as? String == what)
    // What a failed stage wrote may be what fills the disk.
    #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/out"))
  }

  /// The stage's own output leaves no room, not even for the worker's result.
  @Test(.enabled(if: TemporaryMount.isPossible, "only root may mount"))
  func aStageThatFillsTheDiskStillSaysSo() async throws {
    let mount = try TemporaryMount(options: "size=1m")
    try writeJob(kind: Flood.kind, parameters: "{}", in: mount.url)
    let failure = try #require(try await result(in: mount.url)["failure"] as? [String: Any])
    #expect(failure["failureClass"] as? String == "environment")
    #expect(failure["what"] as? String == "no space left for '\(mount.url.path)/out/out'")
  }

  @Test func aLossThatIsNoNumberIsStillReported() async throws {
    try writeJob(kind: Diverging.kind, parameters: "{}")
    let path = folder.url.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0 && dup2(ends[0], 0) == 0)
      let output = open(path + "/output", O_WRONLY | O_CREAT, 0o600)
      try #require(dup2(output, 1) == 1)
      exit(Worker.run(jobFolder: path, registry: StageRegistry([Diverging.type])))
    }
    let output = try String(contentsOfFile: path + "/output", encoding: .utf8)
    #expect(output.hasSuffix("\n") && output.contains(#""value":"nan""#))
  }

  @Test func aRefusalBecomesTheResultOfANumericStage() async throws {
    try writeJob(kind: Numeric.kind, parameters: "{}")
    let path = folder.url.path
    await #expect(processExitsWith: .success) { [path = path as String] in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0 && dup2(ends[0], 0) == 0)
      let refusal = StageFailure(.environment, at: "worker", "it is not as it should be")
      exit(
        Worker.run(
          jobFolder: path, registry: StageRegistry([Numeric.type]),
          numericsRefusal: { refusal }))
    }
    let failure = try #require(try writtenResult()["failure"] as? [String: Any])
    #expect(failure["failureClass"] as? String == "environment")
    #expect(failure["location"] as? String == "worker")
    #expect(failure["what"] as? String == "it is not as it should be")
  }

  @Test func aMissingJobGivesNoResult() async {
    await #expect(processExitsWith: .exitCode(ExitStatus.environment.rawValue)) {
      exit(Worker.run(jobFolder: "/nowhere", registry: StageRegistry([])))
    }
  }
}
