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

  @Flag(help: "The rows behind the tables: --table STAGE.OUTPUT, or the list of them.")
  var long = false

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
    let run = try folder.run(named: runName)
    print(try long ? longText(folder, run) : text(folder, run), terminator: "")
  }

  private func text(_ folder: ResultsFolder, _ run: String) throws -> String {
    let names = table.map { [$0] } ?? folder.tableNames(run: run)
    let tables = try names.map { try folder.table($0, run: run) }
    guard global.json || format == .json else {
      return tables.map(text).joined(separator: "\n")
    }
    let entries = zip(names, tables.map(\.jsonValue))
    return Value.map(Dictionary(entries, uniquingKeysWith: { $1 })).canonicalJSON + "\n"
  }

  private func longText(_ folder: ResultsFolder, _ run: String) throws -> String {
    guard let table else {
      let names = folder.longTableNames(run: run)
      if global.json { return Value.list(names.map(Value.string)).canonicalJSON + "\n" }
      return names.map { $0 + "\n" }.joined()
    }
    let rows = try folder.longTable(table, run: run)
    if global.json || format == .json {
      return String(decoding: rows.canonicalData, as: UTF8.self) + "\n"
    }
    return rows.separated(by: format == .csv ? .comma : .tab)
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
      print(
        "\(folder.url.lastPathComponent)  \(folder.runs.count) runs, latest \(folder.latest ?? "none")"
      )
    }
  }
}
