import ArgumentParser
import Foundation
import Pipeline
import Stages

/// Names that a shell offers when somebody presses TAB, asked for in that moment.
extension CompletionKind {
  static func stageTypes(or words: [String] = []) -> CompletionKind {
    names { _, _ in words + Registry.stages.types.map(\.kind) }
  }

  static let assets = names { _, _ in Assets.all.map(\.name) }

  /// Of the specification that stands before.
  static let profiles = names { line, _ in line.specification?.profiles ?? [] }

  /// Stages of the specification that stands before, else of the newest run; also behind a comma.
  static let stages = names { line, word in
    let before = word.lastIndex(of: ",").map { String(word[...$0]) } ?? ""
    return (line.specification?.stages ?? line.stagesOfRun).map { before + $0 }
  }

  /// Experiments with stored runs, and behind `EXPERIMENT/` these runs.
  static let runs = names { line, word in line.runs(beginning: word) }

  /// Stored runs, and the stages of the newest.
  static let runsAndStages = names { line, word in
    line.runs(beginning: word) + line.stagesOfRun
  }

  /// Tables of the run that stands before, else of the newest.
  static let tables = names { line, _ in
    (line.run?.tableNames ?? []) + (line.run?.longTableNames ?? [])
  }

  /// Stored runs, and files with these endings.
  static func runs(orFiles endings: [String]) -> CompletionKind {
    names { line, word in line.runs(beginning: word) + files(beginning: word, endings) }
  }

  /// Words, and files with these endings.
  static func list(_ words: [String], orFiles endings: [String]) -> CompletionKind {
    names { _, word in words + files(beginning: word, endings) }
  }

  /// The shell leaves out what does not begin with the word.
  private static func names(
    _ find: @escaping @Sendable (CommandLineSoFar, _ word: String) -> [String]
  ) -> CompletionKind {
    .custom { words, _, word in find(CommandLineSoFar(words), word) }
  }

  /// Folders, with a slash, and files with one of the endings.
  private static func files(beginning word: String, _ endings: [String]) -> [String] {
    let folder = word.lastIndex(of: "/").map { String(word[...$0]) } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + ".")) ?? []
    return names.sorted().compactMap { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder + name, isDirectory: &isFolder)
      if name.hasPrefix(".") { return nil }
      if isFolder.boolValue { return folder + name + "/" }
      return endings.contains { name.hasSuffix("." + $0) } ? folder + name : nil
    }
  }
}

/// A command line that somebody is still writing. Whatever cannot be read of it has no names.
private struct CommandLineSoFar {
  private let words: [String]
  private let project: Project?

  init(_ words: [String]) {
    self.words = words
    let places = ["-C", "--workspace"].flatMap { name in
      Self.value(of: name == "-C" ? ["-C", "--directory"] : [name], in: words)
        .map { [name, $0] } ?? []
    }
    project = try? GlobalOptions.parse(places).makeProject()
  }

  private static func value(of names: [String], in words: [String]) -> String? {
    for (word, next) in zip(words, words.dropFirst()) where names.contains(word) { return next }
    return nil
  }

  var specification: SpecNames? {
    let file = words.first { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    return file.map { SpecLoader(registry: Registry.stages).names(in: $0) }
  }

  private var results: ResultsRoot? {
    let named = Self.value(of: ["--results"], in: words).map { URL(filePath: $0) }
    return (named ?? project?.root.appending(path: "results")).map(ResultsRoot.init)
  }

  func runs(beginning word: String) -> [String] {
    let experiments = results?.experiments ?? []
    guard let slash = word.firstIndex(of: "/") else {
      return experiments.map(\.url.lastPathComponent) + ["latest"]
    }
    return experiments.filter { $0.url.lastPathComponent == word[..<slash] }.flatMap { folder in
      (folder.runs + ["latest"]).map { "\(folder.url.lastPathComponent)/\($0)" }
    }
  }

  /// The run that is named behind the verb, else the newest.
  var run: StoredResults? {
    let name = words.dropFirst(2).first { !$0.hasPrefix("-") && !$0.isEmpty }
    return (try? results?.open(name)) ?? (try? results?.open())
  }

  var stagesOfRun: [String] {
    Set(run?.document.instances.map(\.stage) ?? []).sorted()
  }
}
