import ArgumentParser
import Foundation
import Pipeline

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compares runs, baselines and tables cell by cell.",
    discussion: """
      Each further side is held against the first. Sides are named like runs (experiment, run, \
      beginning of a run's name, folder), or are files: a baseline, a stored table, CSV. \
      What differs besides numbers (parameters, code, data, arithmetic) is said first.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, csv, json, html
  }

  @Argument(
    help: ArgumentHelp("Runs, baselines or table files, two or more.", valueName: "side"),
    completion: .runs(orFiles: ["json", "csv"]))
  var sides: [String]

  @OptionGroup var results: ResultsOptions

  @Option(help: "Only this table.")
  var table: String?

  @Option(
    help: ArgumentHelp(
      "Differences of a column that do not count: COL=abs:0.5, COL=rel:1%, *=rel:0.001.",
      valueName: "col=bound"))
  var tolerance: [String] = []

  @Flag(help: "Leave equal cells out.")
  var onlyDiff = false

  @Option(help: ArgumentHelp("Sum the differences up by the labels of an axis.", valueName: "axis"))
  var by: String?

  @Flag(help: "Differences within each seed: mean, 95 % interval, signs.")
  var paired = false

  @Option(help: "Form of the comparison.")
  var format: Format = .text

  @Flag(help: "End with exit code 5 when a cell differs.")
  var exitCode = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if sides.count < 2 { throw ValidationError("compare needs two sides or more") }
  }

  func run() throws {
    let root = results.root(try global.makeProject())
    let opened = try sides.map { try side($0, in: root) }
    let tolerances = try tolerance.map { try Tolerance(parsing: $0) }
    let comparisons = try opened.dropFirst().map {
      try Comparison(opened[0], $0, table: table, tolerances: tolerances)
    }
    if let by, !comparisons.contains(where: { $0.axes.contains(by) }) {
      let axes = Set(comparisons.flatMap(\.axes)).sorted()
      throw Diagnostic(
        at: nil, "--by \(by): no compared table has this axis",
        why: axes.isEmpty ? "they have none" : "their axes are " + axes.joined(separator: ", "),
        fix: nearestName(to: by, in: axes).map { "did you mean '\($0)'?" } ?? "")
    }
    if !global.quiet { print(text(of: comparisons), terminator: "") }
    if exitCode, comparisons.contains(where: \.hasDifference) { throw Exit(status: .difference) }
  }

  private func side(_ name: String, in root: ResultsRoot) throws -> ComparisonSide {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: name, isDirectory: &isFolder)
    if exists, !isFolder.boolValue { return try ComparisonSide(file: name) }
    return try ComparisonSide(try root.open(name))
  }

  private func text(of comparisons: [Comparison]) -> String {
    var options = ComparisonOptions()
    options.showsOnlyDifferences = onlyDiff
    options.showsPairs = paired
    options.axis = by
    if global.isJSON(format) {
      return Value.list(comparisons.map { $0.jsonValue(options) }).canonicalJSON + "\n"
    }
    return comparisons.map { comparison in
      switch format {
      case .text, .json:
        comparison.terminalText(
          options, width: Terminal.standardOutput.width, style: global.usesColor ? .ansi : .plain)
      case .md: comparison.markdown(options)
      case .csv: comparison.csv(options)
      case .html: comparison.html(options)
      }
    }.joined(separator: "\n")
  }
}
