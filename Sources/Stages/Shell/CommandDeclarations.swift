import Foundation
import Pipeline

/// What a stage that runs a program of the user's declares beside the program itself.
struct CommandDeclarations: Sendable {
  /// One output, as `name: type` or `name: {type: table, columns: {name: kind}}`.
  struct Output: Sendable {
    let slot: OutputSlot

    var name: String { slot.name }
  }

  /// Sorted by name.
  let outputs: [Output]
  /// Files and folders of the project, as paths from its root.
  let files: [String]
  let environment: [String: String]
  let secrets: [String]
  let isDeterministic: Bool

  init(_ p: inout ParameterReader) {
    let outputs = p.map(
      StageType.outputsParameter, default: nil, help: "what it writes, as name: type")
    let files = p.strings(
      "files", default: [],
      help: "files and folders of the project that it reads; their contents are in the key")
    self.files = files.map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 }
    let environment = p.map(
      "env", default: [:], help: "environment variables with their values, which are in the key")
    secrets = p.strings(
      "secrets", default: [], affectsResult: false,
      help: "variables of the caller's environment that it may see; masked in logs, never stored")
    isDeterministic = p.bool(
      "deterministic", default: true, affectsResult: false,
      help: "whether it writes the same bytes again; if not, 'verify' does not hold it to that")
    var problems: [ParameterProblem] = []
    self.outputs = outputs.keys.sorted().compactMap { name in
      do throws(ParameterProblem) {
        return try Output(name, outputs[name] ?? .null)
      } catch {
        problems.append(error)
        return nil
      }
    }
    self.environment = environment.compactMapValues { value in
      switch value {
      case .string, .bool, .int, .double: value.plainText
      case .null, .list, .map: nil
      }
    }
    for name in environment.keys.sorted() {
      let hasText = self.environment[name] != nil
      if let problem = Self.problem(ofVariable: name, in: "env", hasText: hasText) {
        problems.append(problem)
      }
    }
    for name in secrets {
      if let problem = Self.problem(ofVariable: name, in: "secrets") { problems.append(problem) }
      if environment[name] != nil {
        problems.append(
          ParameterProblem(
            parameter: "secrets", what: "'\(name)' stands under 'env', too",
            why: "a value there is in the key and is stored", fix: "remove it from 'env'"))
      }
    }
    problems += self.files.compactMap(Self.problem(ofFile:))
    for problem in problems { p.refuse(problem) }
  }

  /// The declared files, those of folders one by one.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when one is missing.
  func declaredFiles(in folders: DataFolders) throws -> [DeclaredFile] {
    if files.isEmpty { return [] }
    guard let root = folders.project else {
      throw StageFailure(
        .environment, at: "files", "there is no project folder to find '\(files[0])' in",
        why: "declared files are paths from the project's root", fix: "use -C DIR")
    }
    var found: [String: URL] = [:]
    for path in files {
      for (name, url) in try Self.files(at: path, below: root, folders) { found[name] = url }
    }
    return found.sorted { $0.key < $1.key }.map { DeclaredFile(name: $0.key, url: $0.value) }
  }

  /// One file, or all files of a folder.
  private static func files(
    at path: String, below root: URL, _ folders: DataFolders
  ) throws -> [(String, URL)] {
    let url = root.appending(path: path)
    var info = stat()
    guard stat(url.path, &info) == 0 else {
      let isPattern = path.contains { "*?[".contains($0) }
      throw StageFailure(
        .environment, at: "files", "there is no file '\(path)' in the project",
        why: isPattern ? "a name is taken as it is, without patterns" : "looked in \(root.path)",
        fix: isPattern
          ? "declare the folder, which stands for all files in it"
          : "check the path, which counts from the project's root")
    }
    if info.st_mode & S_IFMT == S_IFREG { return [(path, url)] }
    let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
    return try folders.listing(of: url) { try DeclaredFolder.names(in: folder, at: url) }.map {
      name in ("\(folder)/\(name)", url.appending(path: name))
    }
  }
}

extension CommandDeclarations {
  /// The names that a program finds its inputs, outputs and folders under.
  private static let ownPrefixes = ["IN_", "FILE_", "OUT_"]
  private static let ownNames: Set<String> = ["HOME", "TMPDIR", "LANES", "PWD"]

  private static func problem(
    ofVariable name: String, in parameter: String, hasText: Bool = true
  ) -> ParameterProblem? {
    let isName =
      name.utf8.first.map { !(0x30...0x39).contains($0) } == true
      && name.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
          || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      }
    if !isName {
      return ParameterProblem(
        parameter: parameter, what: "'\(name)' is not the name of a variable",
        why: "names have letters, digits and '_', and do not start with a digit", fix: "rename it")
    }
    if ownNames.contains(name) || ownPrefixes.contains(where: name.hasPrefix) {
      return ParameterProblem(
        parameter: parameter, what: "'\(name)' is set for every command",
        why: "commands find inputs, outputs and folders under such names", fix: "rename it")
    }
    if !hasText {
      return ParameterProblem(
        parameter: parameter, what: "'\(name)' has no plain value",
        why: "a variable holds one text, number or truth value",
        fix: "write \(name): VALUE, or list it under 'secrets' to pass the caller's on")
    }
    return nil
  }

  private static func problem(ofFile path: String) -> ParameterProblem? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    if path.hasPrefix("/") || parts.contains("..") || parts.contains("."), path != "." {
      return ParameterProblem(
        parameter: "files", what: "'\(path)' is not a path within the project",
        why: "files are named from the project's root, so that a run works on every machine",
        fix: "copy it into the project and write its path")
    }
    if path.isEmpty || path == "." || parts[0] == "in" || parts[0] == "out" {
      return ParameterProblem(
        parameter: "files", what: "'\(path)' cannot stand in the command's folder",
        why: "inputs are in 'in' there, outputs in 'out'", fix: "name a file or another folder")
    }
    return nil
  }
}

extension CommandDeclarations.Output {
  init(_ name: String, _ form: Value) throws(ParameterProblem) {
    guard name.first?.isLowercase == true,
      name.utf8.allSatisfy({ byte in
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
      })
    else {
      throw Self.problem(
        "'\(name)' is not a name", why: "names have small letters, digits and '_'", fix: "rename it"
      )
    }
    switch form {
    case .string(let text):
      slot = OutputSlot(name, try Self.type(text, of: name), help: "")
    case .map(let fields):
      if let unknown = fields.keys.sorted().first(where: { $0 != "type" && $0 != "columns" }) {
        throw Self.problem(
          "'\(unknown)' means nothing for output '\(name)'", why: "it has: type, columns",
          fix: "remove it")
      }
      let type = try Self.type(fields["type"]?.plainText ?? "", of: name)
      let columns = try Self.columns(fields["columns"], of: name, type)
      slot = OutputSlot(name, type, columns: columns, help: "")
    default:
      throw Self.problem(
        "output '\(name)' is \(form.typeName)", why: "it is a type, or a map with 'type'",
        fix: "write \(name): file")
    }
  }

  private static func type(
    _ text: String, of name: String
  ) throws(ParameterProblem) -> ArtifactType {
    if let type = ArtifactType(rawValue: text) { return type }
    let names = ArtifactType.allCases.map(\.rawValue)
    throw problem(
      "output '\(name)' has no type '\(text)'", why: "types: " + names.joined(separator: ", "),
      fix: nearestName(to: text, in: names).map { "did you mean '\($0)'?" } ?? "")
  }

  private static func columns(
    _ form: Value?, of name: String, _ type: ArtifactType
  ) throws(ParameterProblem) -> [Column] {
    guard let form else { return [] }
    guard type == .table, case .map(let kinds) = form, !kinds.isEmpty else {
      throw problem(
        "'columns' of output '\(name)' fit no \(type.rawValue)",
        why: "the columns of a table are a map from names to kinds",
        fix: "write columns: {accuracy: double}")
    }
    var columns: [Column] = []
    for (column, kind) in kinds.sorted(by: { $0.key < $1.key }) {
      columns.append(try self.column(column, kind, of: name))
    }
    return columns
  }

  /// `accuracy: double`, or `accuracy: {kind: double, unit: fraction, direction: higher}`.
  private static func column(
    _ column: String, _ form: Value, of name: String
  ) throws(ParameterProblem) -> Column {
    var fields: [String: Value] = ["kind": form]
    if case .map(let written) = form { fields = written }
    let place = "column '\(column)' of output '\(name)'"
    if let unknown = fields.keys.sorted().first(where: {
      !["kind", "unit", "direction"].contains($0)
    }) {
      throw problem(
        "'\(unknown)' means nothing for \(place)", why: "it has: kind, unit, direction",
        fix: "remove it")
    }
    let kindText = fields["kind"]?.plainText ?? ""
    guard let kind = Column.Kind(rawValue: kindText) else {
      throw problem(
        "\(place) has no kind '\(kindText)'", why: "kinds: string, int, double, bool",
        fix: nearestName(to: kindText, in: ["string", "int", "double", "bool"])
          .map { "did you mean '\($0)'?" } ?? "")
    }
    let directionText = fields["direction"]?.plainText ?? "none"
    guard let direction = Column.Direction(rawValue: directionText) else {
      throw problem(
        "\(place) has no direction '\(directionText)'", why: "directions: higher, lower, none",
        fix: "say which way is better")
    }
    return Column(column, kind, unit: fields["unit"]?.plainText ?? "", direction: direction)
  }

  private static func problem(_ what: String, why: String, fix: String) -> ParameterProblem {
    ParameterProblem(parameter: StageType.outputsParameter, what: what, why: why, fix: fix)
  }
}
