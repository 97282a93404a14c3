import Foundation
import Pipeline
import Testing

/// A stage that waits until it is asked to stop.
private struct Waiting: Stage {
  static let kind = "test.waiting"
  static let version = 1
  static let summary = "Waits to be stopped."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [OutputSlot("out", .text, help: "never written")]
  static let bound = StageType(Waiting.self, fingerprint: "", numericsTag: "").bind([:])

  init(_ p: inout ParameterReader) {}

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    context.log("waiting")
    while true {
      try context.checkCancellation()
      sched_yield()
    }
  }
}

/// A stage that ends without having written its output.
private struct Forgetful: Stage {
  static let kind = "test.forgetful"
  static let version = 1
  static let summary = "Forgets its output."
  static let inputs: [InputSlot] = []
  static let outputs = [OutputSlot("out", .text, help: "never written")]
  static let bound = StageType(Forgetful.self, fingerprint: "", numericsTag: "").bind([:])

  init(_ p: inout ParameterReader) {}

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {}
}

@Suite struct InlineExecutorTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func job(_ bound: BoundStage, timeoutSeconds: Double? = nil) -> StageJob {
    StageJob(
      bound: bound, inputs: [:], files: [], lanes: 1, outputFolder: folder.url.path,
      jobFolder: folder.url.path + "/job", logPath: folder.url.path + "/log",
      timeoutSeconds: timeoutSeconds, memoryBytes: 1 << 30, memoryLimitBytes: 1 << 30)
  }

  @Test func aStageGetsItsOutputsHashed() throws {
    let bound = TextStage.type.bind(["text": .string("hello")])
    let result = try InlineExecutor().execute(job(bound), cancellation: Cancellation()) { _ in }
    #expect(
      result.outputs == [
        ProducedOutput(slot: "out", type: .text, hash: SHA256.hex(of: "hello"), byteCount: 5)
      ])
  }

  @Test func aLateStageIsAskedToStop() throws {
    let failure = AttemptFailure(
      .timeout, "it ran longer than its timeout of 0.01 s",
      why: "a stage that hangs must not hold up the run",
      fix: "raise 'timeout' in the specification or with --timeout")
    #expect(throws: failure) {
      try InlineExecutor().execute(
        job(Waiting.bound, timeoutSeconds: 0.01), cancellation: Cancellation()
      ) { _ in }
    }
    #expect(try String(contentsOfFile: folder.url.path + "/log", encoding: .utf8) == "waiting\n")
  }

  @Test func aCancelledStageIsAskedToStop() throws {
    let cancellation = Cancellation()
    cancellation.request()
    #expect(throws: StageCancelled.self) {
      try InlineExecutor().execute(job(Waiting.bound), cancellation: cancellation) { _ in }
    }
  }

  @Test func aMissingOutputIsABugOfTheStage() throws {
    let failure = AttemptFailure(
      .internal, at: "output 'out'",
      "test.forgetful ended without a readable file for it: No such file or directory",
      why: "a stage must write each output that it declares")
    #expect(throws: failure) {
      try InlineExecutor().execute(job(Forgetful.bound), cancellation: Cancellation()) { _ in }
    }
  }
}
