import Foundation
import Pipeline
import Stages
import Synchronization

/// Runs stages in a folder of its own, as the runner would: parameters are bound and checked,
/// inputs are hashed files, outputs land in a folder of the stage.
final class StageBench {
  let folder: URL
  private(set) var log: [String] = []

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "stages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Refused: Error, Equatable {
    let problems: [ParameterProblem]
  }

  /// One output: where it lies and how it is connected to the next stage.
  struct Output {
    let url: URL
    let labels: [AxisLabel]

    var data: Data { get throws { try Data(contentsOf: url) } }
    var hash: String { get throws { SHA256.hex(of: try data) } }
    var table: Table { get throws { try Table(canonicalData: data) } }

    func labelled(_ labels: [String: String]) -> Output {
      Output(
        url: url,
        labels: labels.sorted { $0.key < $1.key }.map { AxisLabel(axis: $0.key, label: $0.value) })
    }

    fileprivate var artifact: InputArtifact {
      get throws { InputArtifact(url: url, hash: try hash, labels: labels) }
    }
  }

  /// Binds, runs, and gives the outputs by slot.
  @discardableResult
  func run(
    _ kind: String, _ parameters: [String: Value] = [:], inputs: [String: [Output]] = [:],
    files folders: DataFolders = DataFolders([]), lanes: Int = 1
  ) throws -> [String: Output] {
    guard let type = Registry.stages[kind] else {
      throw Refused(problems: [ParameterProblem(parameter: "", what: "no stage \(kind)")])
    }
    let bound = type.bind(parameters)
    guard bound.problems.isEmpty else { throw Refused(problems: bound.problems) }
    let outputFolder = folder.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: outputFolder, withIntermediateDirectories: true)
    let declared = try bound.stage.files(in: folders).map { file in
      HashedFile(
        name: file.name, url: file.url, hash: try SHA256.hex(ofFile: file.url.path).hash)
    }
    let lines = LogLines()
    let context = StageContext(
      inputs: try inputs.mapValues { try $0.map { try $0.artifact } }, outputFolder: outputFolder,
      files: declared, lanes: lanes, log: { lines.append($0) })
    defer { log += lines.all }
    try bound.stage.run(context)
    return Dictionary(
      uniqueKeysWithValues: type.outputs.map {
        ($0.name, Output(url: outputFolder.appending(path: $0.name), labels: []))
      })
  }

  /// What refuses the parameters of a stage.
  static func problems(_ kind: String, _ parameters: [String: Value]) -> [ParameterProblem] {
    Registry.stages[kind]?.bind(parameters).problems ?? []
  }

  /// The embedded set: training and test images.
  func objects(train: Int, test: Int) throws -> [String: Output] {
    try run(
      "dataset.images",
      ["prefer": .list([.string("objects10")]), "train": .int(train), "test": .int(test)])
  }
}

extension Dictionary where Key == String, Value == StageBench.Output {
  /// The output of a slot, as the one artifact of an input.
  func one(_ slot: String) -> [StageBench.Output] { self[slot].map { [$0] } ?? [] }
}

extension Table {
  /// The values of a column.
  func column(_ name: String) -> [Pipeline.Value] {
    guard let index = columns.firstIndex(where: { $0.name == name }) else { return [] }
    return rows.map { $0[index] }
  }
}

/// Collects log lines from the stage's closure.
private final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])
  func append(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}
