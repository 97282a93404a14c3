import Pipeline
import Testing

/// Scaling a share to per cent rounds in the last place.
private let scalingTolerance = 1e-12

@Suite struct TableViewTests {
  @Test func cellsAreMeansOverSeedsWithSpread() throws {
    let table = try ViewSamples.table()
    #expect(table.rows == [["1.0"], ["mix"]])
    #expect(table.columns.map(\.heading) == ["0.1", "1.0", "worst"])
    #expect(table.groups == ["1", "2", "3"])
    #expect(table.unit == "%")
    let cell = table.cells[0][0]
    #expect(cell.values == [10, 12, 0.14 * 100])
    #expect(cell.mean == 12)
    #expect(abs((cell.standardDeviation ?? 0) - 2) < scalingTolerance)
    #expect(cell.count == 3 && cell.isComplete)
  }

  @Test func aDerivedColumnIsTakenWithinEachSeed() throws {
    // Seed 2 of the mix is worst at 1.0, the others at 0.1.
    #expect(try ViewSamples.table().cells[1][2].values == [80, 84, 90])
  }

  @Test func rowsThatAreFilteredOutLeaveNoTrace() throws {
    let view = ViewSamples.view(
      filters: [("test", ["1.0"]), ("train", ["mix"])], derived: [])
    let table = try view.evaluate(ViewSamples.instances(), dataset: ViewSamples.dataset)
    #expect(table.rows == [["mix"]])
    #expect(table.columns.map(\.heading) == ["1.0"])
  }

  @Test func severalValuesBecomeColumns() throws {
    let view = ViewSamples.view(
      rows: ["train", "seed"], columns: [], values: ["asr", "n"],
      filters: [("test", ["0.1"])], over: [], derived: [])
    let table = try view.evaluate(ViewSamples.instances(), dataset: ViewSamples.dataset)
    #expect(table.columns.map(\.heading) == ["asr", "n"])
    #expect(table.rows[1] == ["1.0", "2"])
    #expect(table.cells[1].map(\.mean) == [12, 100_000])
  }

  @Test func anUndefinedValueMakesTheCellIncomplete() throws {
    var values = ViewSamples.asr
    values[4].values[0] = nil
    let table = try ViewSamples.table(ViewSamples.instances(values))
    #expect(table.cells[1][0].values == [80, nil, 90])
    #expect(!table.cells[1][0].isComplete)
    #expect(table.cells[1][2].values == [80, nil, 90])
  }

  @Test func aFailedInstanceKeepsItsRow() throws {
    let failed = InstanceResult(
      stage: "attack",
      labels: [.init(axis: "train", label: "0.3"), .init(axis: "seed", label: "1")],
      status: .failed)
    let disabled = InstanceResult(
      stage: "attack",
      labels: [.init(axis: "train", label: "off"), .init(axis: "seed", label: "1")],
      status: .disabled)
    let table = try ViewSamples.table(ViewSamples.instances() + [failed, disabled])
    #expect(table.rows == [["1.0"], ["mix"], ["0.3"]])
    #expect(table.cells[2].allSatisfy { $0.mean == nil })
  }

  @Test(arguments: [
    (
      ViewSamples.view(rows: ["trian"]),
      Diagnostic(
        at: ViewSamples.here, "table 'asr': 'attack.scores' has no column 'trian'",
        why: "it has: train, seed, test, n, asr", fix: "did you mean 'train'?")
    ),
    (
      ViewSamples.view(values: ["train"]),
      Diagnostic(
        at: ViewSamples.here, "table 'asr': column 'train' holds strings, not numbers",
        fix: "name a measured column under 'value'")
    ),
    (
      ViewSamples.view(over: []),
      Diagnostic(
        at: ViewSamples.here, "table 'asr': several rows fall into one cell",
        why: "they differ in 'seed'",
        fix: "add the column to 'rows', 'columns' or 'over', or pin it under 'where'")
    ),
    (
      ViewSamples.view(columns: []),
      Diagnostic(
        at: ViewSamples.here, "table 'asr': several rows fall into one cell",
        why: "they differ in 'test'",
        fix: "add the column to 'rows', 'columns' or 'over', or pin it under 'where'")
    ),
    (
      ViewSamples.view(filters: [("train", ["1"])]),
      Diagnostic(
        at: ViewSamples.here, "table 'asr': no row passes the filters",
        fix: "check the labels under 'where'")
    ),
  ])
  func mistakesAreExplained(_ view: TableView, _ diagnostic: Diagnostic) {
    #expect(throws: diagnostic) {
      try view.evaluate(ViewSamples.instances(), dataset: ViewSamples.dataset)
    }
  }

  @Test func aStageWithoutRowsIsNamed() {
    #expect(
      throws: Diagnostic(
        at: ViewSamples.here, "table 'asr': stage 'attack' has no instance in this run",
        fix: "check its 'if'")
    ) { try ViewSamples.view().evaluate([], dataset: ViewSamples.dataset) }
  }
}

@Suite struct PivotRenderingTests {
  @Test func textIsAligned() throws {
    #expect(
      try ViewSamples.table().terminalText() == """
        Attack success
          cifar10 (copy 1a2b3c4d), in %, mean over 3 of seed, n = 1000
          train           0.1           1.0         worst
          ─────  ────────────  ────────────  ────────────
          1.0    12.00 ± 2.00  98.00 ± 1.00  12.00 ± 2.00
          mix    85.00 ± 5.00  94.33 ± 8.96  84.67 ± 5.03

        """)
  }

  @Test func wideTablesAreCutIntoBlocks() throws {
    let lines = try ViewSamples.table().terminalText(width: 40).split(separator: "\n")
    #expect(lines[2] == "  train           0.1           1.0")
    #expect(lines[6] == "  train         worst")
    #expect(lines.dropFirst(2).allSatisfy { $0.count <= 40 })
  }

  @Test func theBestOfAColumnIsBold() throws {
    let table = try ViewSamples.table()
    #expect(
      table.markdown == """
        **Attack success** (cifar10 (copy 1a2b3c4d), in %, mean over 3 of seed, n = 1000)

        | train | 0.1 | 1.0 | worst |
        | --- | ---: | ---: | ---: |
        | 1.0 | 12.00 ± 2.00 | **98.00 ± 1.00** | 12.00 ± 2.00 |
        | mix | **85.00 ± 5.00** | 94.33 ± 8.96 | **84.67 ± 5.03** |

        """)
    #expect(table.terminalText(style: .ansi).contains("\u{1B}[1m98.00 ± 1.00\u{1B}[0m"))
  }

  @Test func oneSeedHasNoSpread() throws {
    let one = ViewSamples.instances(ViewSamples.asr.filter { $0.seed == "1" })
    let text = try ViewSamples.table(one).markdown
    #expect(!text.contains("±"))
    #expect(text.contains("one seed"))
  }

  @Test func missingValuesAreSaid() throws {
    var values = ViewSamples.asr
    values[4].values = [nil, nil]
    values[5].values[0] = nil
    values[3].values[0] = nil
    let text = try ViewSamples.table(ViewSamples.instances(values)).markdown
    #expect(text.contains("| mix | – | 99.50 ± 0.71 (2 of 3) | – |"))
  }

  /// Whoever reads them gets the numbers that were measured.
  @Test func separatedValuesAreNotRounded() throws {
    var values = ViewSamples.asr
    values[0].values[0] = 2.5e-9
    let one = ViewSamples.instances([values[0]])
    let text = try ViewSamples.table(one).separated(by: .comma)
    #expect(text.contains("\n1.0,2.5e-07,98.0,2.5e-07,"), "\(text)")
  }

  /// The sum of two numbers may be none although their mean is one.
  @Test(
    arguments: [
      ([1e308, 1e308], 1e308), ([1e308, -1e308, 0], 0), ([1, 2], 1.5),
    ] as [([Double], Double)])
  func theMeanOfLargeNumbersIsANumber(_ values: [Double], _ mean: Double) {
    #expect(PivotCell(values: values).mean == mean)
  }

  @Test func separatedValuesAreQuoted() throws {
    let table = try ViewSamples.table()
    #expect(
      table.separated(by: .comma) == """
        train,0.1,0.1 sd,0.1 n,1.0,1.0 sd,1.0 n,worst,worst sd,worst n,dataset,dataset_hash
        1.0,12.0,2.000000000000001,3,98.0,1.0,3,12.0,2.000000000000001,3,cifar10 (copy 1a2b3c4d),1a2b3c4d
        mix,85.0,5.0,3,94.33333333333333,8.962886439832502,3,84.66666666666667,5.033222956847166,3,cifar10 (copy 1a2b3c4d),1a2b3c4d

        """)
    let odd = Table(
      columns: [Column("a,b", .string), Column("c", .int)],
      rows: [[.string("say \"x\"\nend"), .null], [.string("tab\there"), .int(1)]])
    #expect(odd.separated(by: .comma) == "\"a,b\",c\n\"say \"\"x\"\"\nend\",\ntab\there,1\n")
    #expect(odd.separated(by: .tab) == "a,b\tc\n\"say \"\"x\"\"\nend\"\t\n\"tab\there\"\t1\n")
  }

  @Test func jsonReadsBack() throws {
    var values = ViewSamples.asr
    values[4].values[0] = nil
    let table = try ViewSamples.table(ViewSamples.instances(values))
    let text = table.jsonValue.indentedJSON
    let value = try Value(json: .init(text.utf8))
    #expect(PivotTable(jsonValue: value) == table)
    #expect(PivotTable(jsonValue: .map([:])) == nil)
  }
}
