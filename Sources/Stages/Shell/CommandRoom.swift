import Foundation
import Pipeline

/// The private folder that a user's program works in, and what the program sees there.
///
///     work/                the working folder
///       in/SLOT/…          copies of the inputs, one file each; a directory's content itself
///       out/               empty; the outputs are looked for here
///       scripts/score.py   declared files, under their paths in the project
///     home/ tmp/           HOME and TMPDIR
///     script, job.json     what the stage itself puts down
///
/// Paths are relative to the working folder, so that an output which mentions them is the same in
/// each run.
struct CommandRoom {
  static let outputFolder = "out"
  /// A program that writes without end must not fill the disk with its log.
  private static let logByteLimit = 16 << 20
  private static let labelByteLimit = 200

  /// An input as the program finds it.
  struct Input {
    let path: String
    let artifact: InputArtifact

    var jsonValue: Value {
      .map([
        "path": .string(path), "hash": .string(artifact.hash),
        "type": .string(artifact.type?.rawValue ?? ""),
        "labels": .list(
          artifact.labels.map {
            .map(["axis": .string($0.axis), "label": .string($0.label)])
          }),
      ])
    }
  }

  let inputs: [String: [Input]]
  private let declarations: CommandDeclarations
  private let context: StageContext
  private let secrets: Secrets
  private let work: URL

  /// Makes the folder, lets somebody use it and removes it.
  ///
  /// - Throws: what `body` throws, without the secrets that it may quote.
  static func use(
    _ declarations: CommandDeclarations, _ context: StageContext,
    body: (CommandRoom) throws -> Void
  ) throws {
    let secrets = try Secrets(declarations.secrets, in: context.environment)
    defer { Files.removeTree(context.scratch.path) }
    try secrets.masking { try body(CommandRoom(declarations, context, secrets)) }
  }

  private init(
    _ declarations: CommandDeclarations, _ context: StageContext, _ secrets: Secrets
  ) throws {
    self.declarations = declarations
    self.context = context
    self.secrets = secrets
    work = context.scratch.appending(path: "work")
    for folder in ["work/in", "work/" + Self.outputFolder, "home", "tmp"] {
      try FileManager.default.createDirectory(
        at: context.scratch.appending(path: folder), withIntermediateDirectories: true)
    }
    for file in context.files {
      try Self.copy(file.url, to: work.appending(path: file.name))
    }
    var inputs: [String: [Input]] = [:]
    for (slot, artifacts) in context.inputs {
      inputs[slot] = try Self.place(artifacts, of: slot, in: work)
    }
    self.inputs = inputs
  }

  /// Puts a file beside the working folder.
  ///
  /// - Returns: its path as seen from there.
  func write(_ data: Data, as name: String) throws -> String {
    try data.write(to: context.scratch.appending(path: name))
    return "../" + name
  }

  /// A file of the working folder, if it is there; a pipe of that name would never end.
  func contents(of path: String) -> Data? {
    let file = work.appending(path: path).path
    return Files.isRegularFile(file) ? FileManager.default.contents(atPath: file) : nil
  }

  // MARK: Running

  /// Runs a program in the working folder; what it prints goes to the log, with secrets masked.
  ///
  /// - Parameters:
  ///   - words: the program and its arguments.
  ///   - input: what standard input reads, as a path seen from the working folder.
  ///   - progress: reads a line that is no text but reports progress.
  /// - Throws: ``StageFailure`` when it cannot be started or does not end with exit code 0.
  func run(
    _ words: [String], input: String? = nil, progress: (String) -> StageProgress? = { _ in nil }
  ) throws {
    let end: ProcessEnd
    var room = Self.logByteLimit
    do throws(FileError) {
      let command = try ContainedCommand(
        words, environment: environment, folder: work,
        input: input.map { work.appending(path: $0) })
      end = try command.run(
        isCancelled: { context.isStopping },
        onLine: { line in
          if let progress = progress(line) { return context.progress(secrets.mask(progress)) }
          if room > 0 { context.log(secrets.mask(line)) }
          room -= line.utf8.count + 1
          if room <= 0, room + line.utf8.count + 1 > 0 {
            context.log("… (the rest is not kept)")
          }
        })
    } catch {
      throw StageFailure(
        .environment, at: words[0], "the program cannot be started: \(error.reason)",
        why: "it is looked for on PATH, or in the working folder when its name has a '/'",
        fix: "install it, or declare it under 'files'")
    }
    try context.checkCancellation()
    if let failure = Self.failure(for: end) { throw failure }
  }

  /// All that the program finds in its environment.
  private var environment: [String: String] {
    var variables = [
      "PATH": context.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      "LANG": "C.UTF-8", "TZ": "UTC",
      // Two programs that would otherwise write other bytes each time.
      "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0",
    ]
    variables.merge(declarations.environment) { $1 }
    variables.merge(secrets.values) { $1 }
    variables.merge(context.scratchVariables) { $1 }
    variables["LANES"] = String(context.lanes)
    for (slot, inputs) in inputs {
      variables["IN_" + slot] = "in/" + slot
      if inputs.count == 1 { variables["FILE_" + slot] = inputs[0].path }
    }
    for output in declarations.outputs {
      variables["OUT_" + output.name] = "\(Self.outputFolder)/\(output.name)"
    }
    return variables
  }

  private static func failure(for end: ProcessEnd) -> StageFailure? {
    func ended(_ words: String, _ fix: String, _ failureClass: StageFailure.Class = .input)
      -> StageFailure
    {
      StageFailure(
        failureClass, at: "program", "it ended \(words)", why: "exit code 0 means success",
        fix: fix)
    }
    switch end {
    case .exit(0): return nil
    case .exit(127):
      return ended(
        "with exit code 127: a program was not found", "install it; the log names it", .environment)
    case .exit(126):
      return ended(
        "with exit code 126: a program could not be executed", "see the log", .environment)
    case .exit(let code) where (129...192).contains(code):
      let name = strsignal(code - 128).map { String(cString: $0) } ?? "unknown"
      return ended("with exit code \(code): signal \(code - 128) (\(name)) ended it", "see the log")
    case .exit(let code): return ended("with exit code \(code)", "see the log")
    case .signal(let number):
      let name = strsignal(number).map { String(cString: $0) } ?? "unknown"
      return ended("by signal \(number) (\(name))", "see the log")
    }
  }

  // MARK: Inputs and outputs

  /// Takes what the program wrote as the stage's outputs, each in its canonical form.
  ///
  /// - Throws: ``StageFailure`` when one is missing, is not what it was declared as, or holds a
  ///   secret.
  func takeOutputs() throws {
    var info = stat()
    guard lstat(work.appending(path: Self.outputFolder).path, &info) == 0,
      info.st_mode & S_IFMT == S_IFDIR
    else {
      throw StageFailure(
        at: "outputs", "the folder '\(Self.outputFolder)' is not there any more",
        why: "the program removed it, or put something else in its place",
        fix: "write below the '\(Self.outputFolder)' that is there at the start")
    }
    for output in declarations.outputs {
      let written = work.appending(path: "\(Self.outputFolder)/\(output.name)")
      let target = context.output(output.name)
      try OutputIntake(output.slot, written: written, secrets: secrets).store(at: target)
    }
  }

  private static func place(
    _ artifacts: [InputArtifact], of slot: String, in work: URL
  ) throws -> [Input] {
    let folder = "in/" + slot
    let digits = String(artifacts.count).count
    return try artifacts.enumerated().map { index, artifact in
      let labels = artifact.labels.map { "\($0.axis)=\($0.label)" }.joined(separator: ",")
      let isGathered = !artifact.labels.isEmpty
      let number = String(index + 1)
      let padded = String(repeating: "0", count: digits - number.count) + number
      let name = isGathered ? "\(padded)-\(sanitised(labels))" : slot
      guard artifact.type == .directory else {
        let path = "\(folder)/\(name)" + fileExtension(of: artifact)
        try copy(artifact.url, to: work.appending(path: path))
        return Input(path: path, artifact: artifact)
      }
      let path = isGathered ? "\(folder)/\(name)" : folder
      try DirectoryArchive.unpack(artifact.url, into: work.appending(path: path))
      return Input(path: path, artifact: artifact)
    }
  }

  /// A copy, so that whatever the program does to it reaches nobody else.
  private static func copy(_ file: URL, to target: URL) throws {
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    // Of a link what it leads to: the rights of a copied link would be those of the user's file.
    try FileManager.default.copyItem(at: file.resolvingSymlinksInPath(), to: target)
    let isProgram = access(file.path, X_OK) == 0
    chmod(target.path, isProgram ? 0o555 : 0o444)
  }

  /// A label as part of a file name, which may have 255 bytes with its number and extension.
  private static func sanitised(_ text: String) -> String {
    var name = ""
    for character in text {
      let isPlain =
        character.isLetter || character.isNumber || "-_.,=+".contains(character)
      let next = isPlain ? String(character) : "_"
      if name.utf8.count + next.utf8.count > labelByteLimit { break }
      name += next
    }
    return name
  }

  private static func fileExtension(of artifact: InputArtifact) -> String {
    switch artifact.type {
    case .dataset, .tensors, .model: ".safetensors"
    case .table, .json: ".json"
    case .text: ".txt"
    case .figure: OutputIntake.isPNG(artifact.url) ? ".png" : ".svg"
    case .file, .directory, nil: ""
    }
  }
}
