import ArgumentParser
import Foundation
import Pipeline
import Stages

struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Writes a new specification from a template.",
    discussion: "Templates:\n"
      + SpecTemplate.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

  @Argument(
    help: ArgumentHelp("File to write.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(
    help: ArgumentHelp("A template, or a specification to copy.", valueName: "template"),
    completion: .list(SpecTemplate.allCases.map(\.rawValue), orFiles: ["yaml", "yml"]))
  var from: String = SpecTemplate.classifier.rawValue

  @OptionGroup var global: GlobalOptions

  func run() throws {
    _ = try global.makeProject()
    guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else {
      throw ValidationError("'\(file)': a specification's name ends in .yaml or .yml")
    }
    let text = try template()
    let name = try SpecTemplate.experimentName(of: file)
    try NewFile(file).write(SpecTemplate.renamed(text, to: name))
    if global.json {
      print(Value.map(["written": .string(file), "experiment": .string(name)]).canonicalJSON)
    } else if !global.quiet {
      print("\(file): an experiment called \(name); run it with: pipeline run \(file.shellWord)")
    }
  }

  private func template() throws -> String {
    if let template = SpecTemplate(rawValue: from) { return template.text }
    if let text = try? String(contentsOfFile: from, encoding: .utf8) { return text }
    let names = SpecTemplate.allCases.map(\.rawValue)
    let hint = nearestName(to: from, in: names).map { "did you mean '\($0)'?" }
    throw ValidationError(
      "'\(from)' is neither a template (\(names.joined(separator: ", "))) nor a readable file"
        + (hint.map { "; \($0)" } ?? ""))
  }
}

/// A file that is written only if there is none.
struct NewFile {
  private let path: String

  init(_ path: String) {
    self.path = path
  }

  /// Creates the folders above it too.
  func write(_ text: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw StageFailure(
        .environment, at: path, "there is a file of this name already",
        fix: "choose another name, or remove it first")
    }
    try OutputFile(path).write(text)
  }
}
