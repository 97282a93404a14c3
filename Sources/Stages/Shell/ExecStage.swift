import Foundation
import Pipeline

/// `exec`: a program that reads its job as JSON and leaves its verdict in `result.json`.
///
/// The job has the fields of a worker's job, so a program that speaks one speaks the other.
struct ExecStage: ProgramStage {
  static let kind = "exec"
  static let version = 1
  static let summary =
    "Runs a program that gets its job as JSON on standard input and writes result.json."

  private let program: [String]
  private let parameters: [String: Value]
  let declarations: CommandDeclarations

  init(_ p: inout ParameterReader) {
    program = p.strings("program", default: nil, help: "the program and its arguments")
    parameters = p.map("params", default: [:], help: "what the job's 'parameters' hold")
    declarations = CommandDeclarations(&p)
    if program.first?.isEmpty == true {
      p.refuse(
        ParameterProblem(
          parameter: "program", what: "the program's name is empty",
          why: "something must be started", fix: "write program: [python3, tools/score.py]"))
    }
  }

  func run(_ context: StageContext) throws {
    try CommandRoom.use(declarations, context) { room in
      let job = try room.write(Data(job(in: room, context).canonicalJSON.utf8), as: "job.json")
      do {
        try room.run(program, input: job) { WorkerLine(json: Data($0.utf8))?.progress }
      } catch let end as StageFailure {
        // The program's own words say more than the way it ended.
        throw (try? reportedFailure(in: room)) ?? end
      }
      if let failure = try reportedFailure(in: room) { throw failure }
      try room.takeOutputs()
    }
  }

  private func job(in room: CommandRoom, _ context: StageContext) -> Value {
    .map([
      "protocolVersion": .int(1), "kind": .string(Self.kind), "version": .int(Self.version),
      "parameters": .map(parameters), "lanes": .int(context.lanes),
      "inputs": .map(room.inputs.mapValues { .list($0.map(\.jsonValue)) }),
      "files": .list(
        context.files.map {
          .map(["name": .string($0.name), "path": .string($0.name), "hash": .string($0.hash)])
        }),
      "outputFolder": .string(CommandRoom.outputFolder),
      "outputs": .map(
        Dictionary(
          outputs.map { ($0.name, .string($0.type.rawValue)) }, uniquingKeysWith: { $1 })),
    ])
  }

  /// `{}` or `{"failure": {"failureClass": "input", "what": …, "why": …, "fix": …}}`.
  private func reportedFailure(in room: CommandRoom) throws -> StageFailure? {
    let place = "result.json"
    guard let data = room.contents(of: place) else {
      throw StageFailure(
        at: place, "the program ended without it",
        why: "exit code 0 alone does not say that the work is done",
        fix: "write {} to \(place) in the working folder as the last step")
    }
    let result: Value
    do {
      result = try Value(json: data)
    } catch {
      throw StageFailure(
        at: place, "byte \(error.offset): \(error.what)", why: "it is not JSON",
        fix: "write {} or {\"failure\": {...}}")
    }
    guard case .map(let fields) = result else {
      throw StageFailure(
        at: place, "it is \(result.typeName)", why: "a map is due",
        fix: "write {} or {\"failure\": {...}}")
    }
    guard let failure = fields["failure"], failure != .null else { return nil }
    guard case .map(let words) = failure else {
      return StageFailure(at: place, failure.plainText, why: "the program says that it failed")
    }
    func text(_ key: String) -> String { words[key]?.plainText ?? "" }
    return StageFailure(
      text("failureClass") == "environment" ? .environment : .input,
      at: text("location").isEmpty ? "program" : text("location"),
      text("what").isEmpty ? "the program says that it failed" : text("what"), why: text("why"),
      fix: text("fix"))
  }
}
