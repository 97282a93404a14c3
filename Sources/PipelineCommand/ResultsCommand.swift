import ArgumentParser
import Foundation
import Pipeline

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Shows stored tables.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, csv, tsv, json
  }

  @Argument(help: "Name of the experiment; all are listed when left out.")
  var experiment: String?

  @Option(name: .customLong("run"), help: "Which run (default: the latest).")
  var runName: String?

  @Option(help: "Which table (default: all).")
  var table: String?

  @Option(help: "Form of the tables.")
  var format: Format = .text

  @Option(help: ArgumentHelp("Folder of stored results (default: results).", valueName: "dir"))
  var output: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let root = output.map { URL(filePath: $0) } ?? project.root.appending(path: "results")
    guard let experiment else {
      try list(below: root)
      return
    }
    let folder = ResultsFolder(root: root, experiment: experiment)
    guard let run = runName ?? folder.latest else {
      throw StageFailure(
        .environment, at: folder.url.path, "no results of '\(experiment)' are stored",
        fix: "run its specification first: pipeline run SPEC")
    }
    let names = table.map { [$0] } ?? folder.tableNames(run: run)
    let tables = try names.map { try folder.table($0, run: run) }
    if global.json || format == .json {
      print(
        Value.map(
          Dictionary(zip(names, tables.map(\.jsonValue)), uniquingKeysWith: { $1 })
        ).canonicalJSON)
      return
    }
    print(tables.map(text).joined(separator: "\n"), terminator: "")
  }

  private func text(of table: PivotTable) -> String {
    switch format {
    case .text, .json:
      table.terminalText(
        width: Terminal.standardOutput.width, style: global.usesColor ? .ansi : .plain)
    case .md: table.markdown
    case .csv: table.separated(by: .comma)
    case .tsv: table.separated(by: .tab)
    }
  }

  private func list(below root: URL) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    let folders = names.sorted().map { ResultsFolder(root: root, experiment: $0) }
      .filter { !$0.runs.isEmpty }
    if global.json {
      let entries = folders.map { ($0.url.lastPathComponent, $0.runs.map(Value.string)) }
      print(
        Value.map(
          Dictionary(entries.map { ($0, .list($1)) }, uniquingKeysWith: { $1 })
        ).canonicalJSON)
      return
    }
    if folders.isEmpty { print("no results are stored in \(root.path)") }
    for folder in folders {
      print("\(folder.url.lastPathComponent)  \(folder.runs.count) runs, latest \(folder.latest ?? "none")")
    }
  }
}
