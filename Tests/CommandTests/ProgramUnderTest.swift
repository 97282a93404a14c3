import Foundation

/// The built program, run as a user runs it, in a folder of its own.
final class ProgramUnderTest {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  let folder: URL

  /// The program lies beside the test bundle.
  static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "pipeline")

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pipeline-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "experiments"), withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to path: String) throws {
    try write(Data(text.utf8), to: path)
  }

  func write(_ data: Data, to path: String) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func data(_ path: String) throws -> Data { try Data(contentsOf: folder.appending(path: path)) }

  /// Runs to the end; the user's data folders are not searched.
  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    let process = try start(arguments, environment: environment)
    return process.finish()
  }

  /// Starts it in the background.
  func start(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> RunningProgram {
    try RunningProgram(
      Self.executable, arguments, folder: folder, environment: environment)
  }
}

/// A started program whose output is being collected.
final class RunningProgram {
  private let process = Process()
  private let output: URL
  private let errors: URL

  init(
    _ executable: URL, _ arguments: [String], folder: URL, environment: [String: String]
  ) throws {
    let name = UUID().uuidString
    output = folder.appending(path: "\(name).out")
    errors = folder.appending(path: "\(name).err")
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  func kill() { signal(SIGKILL) }

  func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

  /// As Ctrl-C does.
  func interrupt() { process.interrupt() }

  func finish() -> ProgramUnderTest.Outcome {
    process.waitUntilExit()
    let text = { (file: URL) in
      String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }
    return .init(
      status: process.terminationStatus, output: text(output), errors: text(errors))
  }
}

/// A whole study in little: two trainings on the embedded set, seconds long.
let tinySpec = """
  version: 1
  name: tiny
  title: A study in little
  params:
    tests: [0.5, 1.0]
  axes:
    train:
      - {label: clean, value: []}
      - {label: strong, value: [1.0]}
  stages:
    data: {uses: dataset.images, with: {prefer: [objects10], train: 512, test: 128}}
    trigger: {uses: backdoor.trigger, inputs: {images: data.test}}
    poison:
      uses: backdoor.poison
      matrix: [train]
      inputs: {train: data.train, trigger: trigger.trigger}
      with: {intensities: "${matrix.train}"}
    model:
      uses: train.classifier
      matrix: [train]
      inputs: {train: data.train, overlay: poison.overlay, test: data.test}
      with: {width: 4, epochs: 1}
      resources: {cpus: 2}
    attack:
      uses: backdoor.eval
      matrix: [train]
      inputs: {model: model.model, trigger: trigger.trigger, test: data.test}
      with: {intensities: "${tests}"}
  tables:
    asr: {from: attack.asr, rows: train, columns: test_intensity, value: asr}
  expect:
    - id: clean_is_low
      claim: Without poison the trigger does little
      value: "max(asr[train=clean])"
      at_most: 1

  """
