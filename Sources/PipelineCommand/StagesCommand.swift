import ArgumentParser
import Foundation
import Pipeline
import Stages

struct StagesCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, json
  }

  static let configuration = CommandConfiguration(
    commandName: "stages", abstract: "Lists stage types, or explains one.")

  @OptionGroup var global: GlobalOptions

  @Argument(help: "A stage type; all of them when left out.")
  var kind: String?

  @Option(help: "text, md or json.")
  var format: Format = .text

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
    switch global.json ? .json : format {
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
