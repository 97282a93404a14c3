import Foundation
import Pipeline

/// `shell`: a script of the user's, with declared files in and declared files out.
struct ShellStage: ProgramStage {
  static let kind = "shell"
  static let version = 1
  static let summary =
    "Runs a script: inputs are files below in/, the outputs it declares are files below out/."

  private let script: String
  private let interpreter: String
  let declarations: CommandDeclarations

  init(_ p: inout ParameterReader) {
    script = p.string("run", default: nil, help: "the script; write $${x} for the shell's ${x}")
    interpreter = p.string(
      "interpreter", default: "sh -eu", help: "what runs the script, given to it as a file")
    declarations = CommandDeclarations(&p)
    if interpreter.allSatisfy(\.isWhitespace) {
      p.refuse(
        ParameterProblem(
          parameter: "interpreter", what: "the interpreter is empty",
          why: "something must run the script", fix: "write interpreter: python3, or remove it"))
    }
  }

  func run(_ context: StageContext) throws {
    try CommandRoom.use(declarations, context) { room in
      let file = try room.write(Data(script.utf8), as: "script")
      let words = interpreter.split(whereSeparator: \.isWhitespace).map(String.init)
      try room.run(words + [file])
      try room.takeOutputs()
    }
  }
}
