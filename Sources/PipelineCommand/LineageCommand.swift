import ArgumentParser
import Foundation
import Pipeline

struct LineageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lineage",
    abstract: "Traces a number to all that it is made of, or a thing to all that depends on it.",
    discussion: """
      The subject is a cell (asr[train=mix].worst), a table, a stage or instance (model[seed=1]), \
      a parameter (epochs, model.lr), a file, or the beginning of a hash or key. Where a name could \
      be several, write table.NAME, stage.NAME, param.NAME or file.NAME.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case tree, json, dot, prov
  }

  @Argument(
    help: ArgumentHelp("Cell, table, stage, parameter, file or hash.", valueName: "subject"))
  var subject: String

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("The stored run (default: the newest).", valueName: "run"),
    completion: .runs)
  var runName: String?

  @OptionGroup var results: ResultsOptions

  @Flag(help: "What depends on it: instances, cells and claims.")
  var dependents = false

  @Option(help: ArgumentHelp("Follow at most this many steps.", valueName: "n"))
  var depth: Int?

  @Option(help: "Form of the lineage.")
  var format: Format = .tree

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth \(depth): at least 1") }
  }

  func run() throws {
    let stored = try results.root(try global.makeProject()).open(runName)
    let found = try LineageFinder(stored).subject(subject)
    let lineage = try Lineage(
      of: found, in: stored, dependents || found.isSource ? .dependents : .behind, depth: depth)
    if global.isJSON(format) {
      print(lineage.jsonValue.indentedJSON, terminator: "")
      return
    }
    switch format {
    case .tree, .json: print(lineage.treeText, terminator: "")
    case .dot: print(lineage.dot, terminator: "")
    case .prov: print(lineage.provValue.indentedJSON, terminator: "")
    }
  }
}
