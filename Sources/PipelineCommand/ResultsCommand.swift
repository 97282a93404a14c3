import ArgumentParser
import Foundation
import Pipeline

struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results", abstract: "Shows stored tables.",
    discussion: """
      Without options, all tables of the newest run. The rows behind them are long tables, named \
      STAGE.OUTPUT: --long lists them, --long --table attack.asr shows one, --pivot makes a new \
      table of one.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, md, csv, tsv, json, latex, html
  }

  @OptionGroup var stored: RunArgument

  @Option(
    help: "Which table (default: all); a long table is named STAGE.OUTPUT.", completion: .tables)
  var table: String?

  @Flag(help: "The rows behind the tables: --table STAGE.OUTPUT, or the list of them.")
  var long = false

  @Option(help: "Form of the tables.")
  var format: Format = .text

  @OptionGroup var arrangement: ArrangementOptions

  @Flag(help: "Rows as columns.")
  var transpose = false

  @Option(
    help: ArgumentHelp(
      """
      A new table of a long one: rows=A+B,columns=C,value=V,over=D (needs --table STAGE.OUTPUT).
      """, valueName: "pivot"))
  var pivot: PivotRequest?

  @Option(
    help: ArgumentHelp(
      """
      Write the run's numbers to a small file to compare later runs with; 'default' is \
      results/EXPERIMENT/baseline.PROFILE.json.
      """, valueName: "file"), completion: .file())
  var exportBaseline: String?

  @OptionGroup var global: GlobalOptions

  private var isJSON: Bool { global.isJSON(format) }

  func validate() throws {
    if transpose, isJSON {
      throw ValidationError("--transpose: JSON names rows and columns; choose another --format")
    }
    if pivot != nil, table == nil {
      throw ValidationError("--pivot needs the long table: --table STAGE.OUTPUT")
    }
  }

  func run() throws {
    let project = try global.makeProject()
    let run = try stored.open(project)
    if let exportBaseline {
      try export(run, to: exportBaseline, root: stored.results.root(project))
    } else if let pivot {
      show([try arrangement.changes(filters: false).apply(to: pivoted(run, pivot))])
    } else if long || table?.contains(".") == true {
      try showLong(run)
    } else {
      let changes = try arrangement.changes()
      let tables = try (table.map { [$0] } ?? run.tableNames).map {
        try changes.apply(to: run.table($0))
      }
      if tables.isEmpty, !isJSON, !global.quiet {
        Terminal.standardError.write(
          "run \(run.run) stores no table: 'pipeline report' shows more\n")
      }
      show(tables)
    }
  }

  // MARK: Tables

  private func show(_ tables: [PivotTable]) {
    if isJSON {
      let entries = tables.map { ($0.name, $0.jsonValue) }
      print(Value.map(Dictionary(entries, uniquingKeysWith: { $1 })).canonicalJSON)
      return
    }
    let texts = tables.map { table in
      switch format {
      case .csv where !transpose: table.separated(by: .comma)
      case .tsv where !transpose: table.separated(by: .tab)
      default: text(of: table.sheet)
      }
    }
    print(texts.joined(separator: "\n"), terminator: "")
  }

  private func text(of sheet: Sheet) -> String {
    let sheet = transpose ? sheet.transposed : sheet
    return switch format {
    case .text, .json:
      sheet.terminalText(
        width: Terminal.standardOutput.width, style: global.usesColor ? .ansi : .plain)
    case .md: sheet.markdown
    case .csv: sheet.separated(by: .comma)
    case .tsv: sheet.separated(by: .tab)
    case .latex: sheet.latex
    case .html: sheet.html
    }
  }

  private func pivoted(_ run: StoredResults, _ request: PivotRequest) throws -> PivotTable {
    let name = table ?? ""
    var changes = TableArrangement()
    changes.filter = try arrangement.filter.map { try RowFilter(parsing: $0) }
    let rows = try changes.apply(to: run.longTable(name), named: name)
    return try request.view(named: name, decimals: arrangement.precision ?? 3).evaluate(
      LongTable(rows, axes: run.axes(ofLongTable: name)),
      dataset: .all(run.document.provenance.datasets))
  }

  // MARK: Long tables

  private func showLong(_ run: StoredResults) throws {
    guard let table else {
      let names = run.longTableNames
      print(
        isJSON
          ? Value.list(names.map(Value.string)).canonicalJSON + "\n"
          : names.map { $0 + "\n" }.joined(), terminator: "")
      return
    }
    let rows = try arrangement.changes().apply(to: run.longTable(table), named: table)
    switch format {
    case _ where isJSON: print(String(decoding: rows.canonicalData, as: UTF8.self))
    case .csv where !transpose: print(rows.separated(by: .comma), terminator: "")
    case .tsv where !transpose: print(rows.separated(by: .tab), terminator: "")
    default:
      let kept = Set(rows.columns.map(\.name))
      let axisCount = run.axes(ofLongTable: table).count(where: kept.contains)
      let sheet = rows.sheet(
        title: table, axisCount: arrangement.columns == nil ? axisCount : 0,
        decimals: arrangement.precision ?? 4)
      print(text(of: sheet), terminator: "")
    }
  }

  // MARK: Baseline

  private func export(_ run: StoredResults, to name: String, root: ResultsRoot) throws {
    let baseline = try Baseline(run)
    let own = Baseline.defaultPath(experiment: baseline.experiment, profile: baseline.profile)
    let file = name == "default" ? root.url.appending(path: own) : URL(filePath: name)
    try OutputFile(file.path).write(baseline.jsonValue.indentedJSON)
    if global.json {
      print(
        Value.map(["run": .string(run.run), "baseline": .string(file.relativePath)]).canonicalJSON)
    } else if !global.quiet {
      print("baseline of \(run.run): \(file.relativePath)")
    }
  }
}

/// What may be changed about a table that is shown.
struct ArrangementOptions: ParsableArguments {
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Rows that stay: \"asr > 0.5 and train == 'mix'\".", valueName: "expr"))
  var filter: String?

  @Option(help: ArgumentHelp("Order of the rows: COL, or COL:desc.", valueName: "col"))
  var sort: String?

  @Option(help: ArgumentHelp("Columns that stay, in this order: A,B.", valueName: "columns"))
  var columns: String?

  @Option(help: ArgumentHelp("Digits after the point.", valueName: "n"))
  var precision: Int?

  func validate() throws {
    if let precision, !(0...15).contains(precision) {
      throw ValidationError("--precision \(precision): 0 to 15")
    }
  }

  /// What the options ask for.
  ///
  /// - Parameter filters: whether `--where` belongs to them, or has been used before a pivot.
  /// - Returns: the changes to a table.
  /// - Throws: `Diagnostic` when `--where` is no expression.
  func changes(filters: Bool = true) throws -> TableArrangement {
    var changes = TableArrangement()
    changes.filter = try filters ? filter.map { try RowFilter(parsing: $0) } : nil
    changes.decimals = precision
    changes.columns = columns?.split(separator: ",").map(String.init) ?? []
    changes.order = sort.map { text in
      let isDescending = text.hasSuffix(":desc")
      return .init(
        column: isDescending ? String(text.dropLast(5)) : text, isDescending: isDescending)
    }
    return changes
  }
}

/// `rows=train,columns=test_intensity,value=asr,over=seed`
struct PivotRequest: ExpressibleByArgument {
  private var names: [String: [String]] = [:]

  init?(argument: String) {
    for part in argument.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2, ["rows", "columns", "value", "over"].contains(sides[0]),
        names[sides[0]] == nil
      else { return nil }
      names[sides[0]] = sides[1].split(separator: "+").map(String.init)
    }
    guard names["value"]?.isEmpty == false, names["rows"]?.isEmpty == false else { return nil }
  }

  func view(named name: String, decimals: Int) -> TableView {
    var format = TableView.Format()
    format.numbers.decimals = decimals
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    return TableView(
      name: name, title: name, stage: parts.first ?? "", output: parts.last ?? "",
      rows: names["rows"] ?? [], columns: names["columns"] ?? [], values: names["value"] ?? [],
      filters: [], over: names["over"] ?? [], derived: [], format: format, highlight: nil,
      location: SourceLocation(whole: SourceLocation.commandLine))
  }
}
