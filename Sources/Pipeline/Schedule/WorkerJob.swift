import Foundation

/// What a worker process is told (`job.json`): the stage, where its inputs are, where to write.
struct WorkerJob: Codable {
  static let currentProtocol = 1
  static let fileName = "job.json"

  struct Input: Codable {
    let path: String
    let hash: String
    let labels: [AxisLabel]
    let type: ArtifactType?
  }

  struct File: Codable {
    let name: String
    let path: String
    let hash: String
  }

  let protocolVersion: Int
  let kind: String
  let version: Int
  /// Of the sources behind the stage: a program replaced during the run is noticed.
  let fingerprint: String
  /// Canonical JSON of all parameters, defaults filled in.
  let parameters: String
  let inputs: [String: [Input]]
  let files: [File]
  let lanes: Int
  let outputFolder: String

  init(_ job: StageJob) {
    protocolVersion = WorkerJob.currentProtocol
    kind = job.bound.type.kind
    version = job.bound.type.version
    fingerprint = job.bound.type.fingerprint
    parameters = Value.map(job.bound.parameters).canonicalJSON
    inputs = job.inputs.mapValues { artifacts in
      artifacts.map { Input(path: $0.url.path, hash: $0.hash, labels: $0.labels, type: $0.type) }
    }
    files = job.files.map { File(name: $0.name, path: $0.url.path, hash: $0.hash) }
    lanes = job.lanes
    outputFolder = job.outputFolder
  }
}

/// What a worker process leaves behind (`result.json`), written in one step at its very end.
struct WorkerResult: Codable {
  static let fileName = "result.json"

  let outputs: [ProducedOutput]
  let cost: Cost
  /// `nil` when the stage succeeded.
  let failure: AttemptFailure?
}

/// One line of a worker's standard output.
package struct WorkerLine: Codable {
  package let progress: StageProgress

  /// `nil` for whatever else a stage prints.
  package init?(json: Data) {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let line = try? decoder.decode(WorkerLine.self, from: json) else { return nil }
    self = line
  }

  init(progress: StageProgress) {
    self.progress = progress
  }

  /// A loss may well become NaN; then, of all times, progress must be seen.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(self)
  }
}
