import Foundation
import Pipeline
import Testing

@Suite struct TableArrangementTests {
  private func arranged(_ change: (inout TableArrangement) throws -> Void) throws -> PivotTable {
    var arrangement = TableArrangement()
    try change(&arrangement)
    return try arrangement.apply(to: ViewSamples.table())
  }

  @Test func rowsAreFilteredSortedAndColumnsChosen() throws {
    let filtered = try arranged { $0.filter = try RowFilter(parsing: "worst > 50") }
    #expect(filtered.rows == [["mix"]])
    let labelled = try arranged { $0.filter = try RowFilter(parsing: "train != 'mix'") }
    #expect(labelled.rows == [["1.0"]])
    let sorted = try arranged { $0.order = .init(column: "worst", isDescending: true) }
    #expect(sorted.rows == [["mix"], ["1.0"]])
    let chosen = try arranged {
      $0.columns = ["worst", "0.1"]
      $0.decimals = 0
    }
    #expect(
      chosen.sheet.rows.map { $0.map(\.text) } == [
        ["1.0", "12 ± 2", "12 ± 2"],
        ["mix", "85 ± 5", "85 ± 5"],
      ])
  }

  @Test(arguments: [
    (
      "wurst > 50",
      """
      error: --where "wurst > 50": table 'asr' has no column 'wurst'
        it has: train, 0.1, 1.0, worst
        fix: did you mean 'worst'?
      """
    ),
    (
      "train > 0.5",
      """
      error: --where "train > 0.5": '>' does not go with a string and a number
        at character 7
        fix: labels are texts: compare them with 'a', or as float(label) > 0.5
      """
    ),
    (
      "worst",
      """
      error: --where "worst" does not give true or false
        fix: write a condition: "n > 100"
      """
    ),
  ])
  func aFilterThatMeansNothingIsRefused(_ text: String, _ message: String) throws {
    let problem = #expect(throws: Diagnostic.self) {
      _ = try arranged { $0.filter = try RowFilter(parsing: text) }
    }
    #expect(problem.map { DiagnosticRenderer().render($0) } == message)
  }

  @Test func anUnknownColumnIsRefused() throws {
    let problem = #expect(throws: Diagnostic.self) { _ = try arranged { $0.columns = ["wrst"] } }
    #expect(
      problem.map { DiagnosticRenderer().render($0) } == """
        error: table 'asr' has no column 'wrst'
          it has: 0.1, 1.0, worst
          fix: did you mean 'worst'?
        """)
  }

  @Test func theSheetTurnsAndKeepsItsMarks() throws {
    let sheet = try ViewSamples.table().sheet.transposed
    #expect(sheet.columns.map(\.heading) == ["train", "1.0", "mix"])
    #expect(sheet.rows.map { $0[0].text } == ["0.1", "1.0", "worst"])
    #expect(sheet.rows[0].map(\.isBest) == [false, false, true])
  }

  @Test func formsForPapersAndPages() throws {
    var arrangement = TableArrangement()
    arrangement.columns = ["worst"]
    let sheet = try arrangement.apply(to: ViewSamples.table()).sheet
    #expect(
      sheet.latex == """
        \\begin{table}
          \\centering
          \\begin{tabular}{lr}
            \\toprule
            train & worst \\\\
            \\midrule
            1.0 & 12.00 $\\pm$ 2.00 \\\\
            mix & \\textbf{84.67 $\\pm$ 5.03} \\\\
            \\bottomrule
          \\end{tabular}
          \\caption{Attack success (cifar10 (copy 1a2b3c4d), in \\%, mean over 3 of seed)}
        \\end{table}

        """)
    #expect(
      sheet.html == """
        <table>
          <caption>Attack success <small>cifar10 (copy 1a2b3c4d), in %, mean over 3 of seed</small></caption>
          <thead><tr><th>train</th><th>worst</th></tr></thead>
          <tbody>
            <tr><th>1.0</th><td>12.00 ± 2.00</td></tr>
            <tr><th>mix</th><td><strong>84.67 ± 5.03</strong></td></tr>
          </tbody>
        </table>

        """)
  }

  @Test func aColumnsDirectionMarksTheBestUnlessTheViewSaysOtherwise() throws {
    func best(_ highlight: TableView.Highlight?) throws -> [Bool] {
      let view = ViewSamples.view()
      let table = try TableView(
        name: view.name, title: view.title, stage: view.stage, output: view.output,
        rows: view.rows, columns: view.columns, values: view.values, filters: [], over: view.over,
        derived: view.derived, format: view.format, highlight: highlight, location: view.location
      ).evaluate(ViewSamples.instances(), dataset: ViewSamples.dataset)
      return table.sheet.rows.map { $0[1].isBest }
    }
    #expect(try best(nil) == [false, true])
    #expect(try best(.init(prefersHigher: false)) == [true, false])
    #expect(try best(.init(prefersHigher: nil)) == [false, false])
  }
}
