import Pipeline

/// A stage that runs a program of the user's: all but the program itself follows from what the
/// specification declares.
protocol ProgramStage: Stage {
  var declarations: CommandDeclarations { get }
}

extension ProgramStage {
  static var usesNumerics: Bool { false }
  static var isExternal: Bool { true }
  static var inputs: [InputSlot] { [] }
  static var outputs: [OutputSlot] { [] }

  var outputs: [OutputSlot] { declarations.outputs.map(\.slot) }
  var secrets: [String] { declarations.secrets }
  var isDeterministic: Bool { declarations.isDeterministic }
  var estimate: Estimate { .small }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    try declarations.declaredFiles(in: folders)
  }
}
