import ArgumentParser
import Foundation
import Pipeline

enum ColorMode: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}

/// How much is said; each level includes those before it.
enum LogLevel: String, ExpressibleByArgument, CaseIterable, Comparable {
  /// What went wrong.
  case error
  /// Retries and other surprises, too.
  case warning
  /// What starts and ends, too.
  case info
  /// Everything, with reasons.
  case debug

  static func < (a: LogLevel, b: LogLevel) -> Bool { a.rank < b.rank }

  private var rank: Int { LogLevel.allCases.firstIndex(of: self) ?? 0 }
}

/// The options that all verbs share.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: [.customShort("C"), .customLong("directory")],
    help: ArgumentHelp("Run as if started in this folder.", valueName: "dir"),
    completion: .directory)
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Cache folder (default: .pipeline in the project's root).", valueName: "dir"),
    completion: .directory)
  var workspace: String?

  @Option(
    help: ArgumentHelp(
      "Search data sets here first; may be given several times.", valueName: "dir"),
    completion: .directory)
  var data: [String] = []

  @Option(help: "When to colour text.")
  var color: ColorMode = .auto

  @Flag(name: .shortAndLong, help: "Say only what went wrong.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say everything: also what is cached, and why stages run.")
  var verbose = false

  @Option(
    name: .customLong("log-level"),
    help: "What to say: error (as --quiet), warning, info or debug (as --verbose).")
  var logLevel: LogLevel?

  @Option(
    help: ArgumentHelp(
      "YAML file with defaults of options, by verb: {run: {jobs: 4}}.", valueName: "file"),
    completion: .file())
  var config: String?

  @Flag(help: "Print one JSON document on standard output instead of text.")
  var json = false

  @Flag(name: .customLong("no-progress"), help: "Plain lines instead of progress bars.")
  var noProgress = false

  /// The arguments with those options of all verbs that stand before the verb, as with `git`, put
  /// behind everything else.
  static func behindVerb(_ arguments: [String]) -> [String] {
    let valued = [
      "-C", "--directory", "--workspace", "--data", "--color", "--log-level", "--config",
    ]
    let plain = ["-q", "--quiet", "-v", "--verbose", "--json", "--no-progress"]
    var rest = arguments[...]
    while let word = rest.first {
      let name = word.hasPrefix("--") ? String(word.prefix { $0 != "=" }) : word
      let count = plain.contains(word) ? 1 : name != word ? 1 : 2
      guard plain.contains(word) || valued.contains(name), rest.count > count else { break }
      rest = rest.dropFirst(count)
    }
    let moved = arguments[..<rest.startIndex]
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return Array(rest[..<end] + moved + rest[end...])
  }

  /// What is said of a run while it goes on.
  var level: LogLevel { logLevel ?? (quiet ? .error : verbose ? .debug : .info) }

  func makeProject() throws -> Project {
    if let directory, !FileManager.default.changeCurrentDirectoryPath(directory) {
      throw ValidationError("-C \(directory): no such folder")
    }
    return Project(options: self)
  }

  /// Whether JSON is wanted: by `--json`, or as the form of a verb that has several.
  func isJSON(_ format: (some RawRepresentable<String>)?) -> Bool {
    json || format?.rawValue == "json"
  }

  /// Whether results on standard output are coloured.
  var usesColor: Bool { Terminal.standardOutput.usesColor(color) }

  /// Whether messages on standard error are coloured.
  var colorsErrors: Bool { Terminal.standardError.usesColor(color) }
}
