import ArgumentParser
import Foundation
import Pipeline
import Stages

struct StagesCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, json
  }

  static let configuration = CommandConfiguration(
    commandName: "stages", abstract: "Lists stage types, or explains one.",
    usage: "pipeline stages [list | show <kind> | docs] [<options>]")

  @OptionGroup var global: GlobalOptions

  @Argument(
    help: ArgumentHelp(
      "list: all types (default); show KIND, or KIND alone: one; docs: a reference in Markdown.",
      valueName: "list|show|docs"), completion: .stageTypes(or: ["list", "show", "docs"]))
  var words: [String] = []

  @Option(help: "text, md or json (default: text, of docs md).")
  var format: Format?

  /// The one type that is asked for.
  private var kind: String? {
    words.first == "show" ? words.last : words.first { !["list", "docs"].contains($0) }
  }

  func validate() throws {
    let isComplete = words.first == "show" ? words.count == 2 : words.count <= 1
    if !isComplete { throw ValidationError("write list, show KIND or docs") }
  }

  func run() throws {
    let registry = Registry.stages
    var types = registry.types
    if let kind {
      guard let type = registry[kind] else {
        let nearest = nearestName(to: kind, in: types.map(\.kind))
        let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
        throw ValidationError("no stage type '\(kind)'\(hint)")
      }
      types = [type]
    }
    switch global.json ? .json : format ?? (words == ["docs"] ? .md : .text) {
    case .json: print(StageReference.json(of: types).canonicalJSON)
    case .md: print(StageReference.markdown(of: types), terminator: "")
    case .text:
      if kind == nil {
        let width = types.map(\.kind.count).max() ?? 0
        for type in types {
          let padding = String(repeating: " ", count: width - type.kind.count)
          print("\(type.kind)\(padding)  \(type.summary)")
        }
      } else {
        print(StageReference.text(of: types[0]), terminator: "")
      }
    }
  }
}
