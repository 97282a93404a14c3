import ArgumentParser
import Foundation
import Pipeline

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Shows stored tables.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, csv, tsv, json
  }

  @OptionGroup var stored: RunArgument

  @Option(help: "Which table (default: all).")
  var table: String?

  @Flag(help: "The rows behind the tables: --table STAGE.OUTPUT, or the list of them.")
  var long = false

  @Option(help: "Form of the tables.")
  var format: Format = .text

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let run = try stored.open(project)
    print(try long ? longText(run) : text(run), terminator: "")
  }

  private func text(_ run: StoredResults) throws -> String {
    let names = table.map { [$0] } ?? run.tableNames
    let tables = try names.map { try run.table($0) }
    guard global.json || format == .json else {
      return tables.map(text).joined(separator: "\n")
    }
    let entries = zip(names, tables.map(\.jsonValue))
    return Value.map(Dictionary(entries, uniquingKeysWith: { $1 })).canonicalJSON + "\n"
  }

  private func longText(_ run: StoredResults) throws -> String {
    guard let table else {
      let names = run.longTableNames
      if global.json { return Value.list(names.map(Value.string)).canonicalJSON + "\n" }
      return names.map { $0 + "\n" }.joined()
    }
    let rows = try run.longTable(table)
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
}
