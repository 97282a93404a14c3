import Foundation
import Pipeline
import Testing

@Suite struct ComparisonTests {
  private static let changed = [
    ResolvedParameter(name: "epochs", value: .int(3), origin: "command line"),
    StoredSamples.parameters[1],
  ]

  /// The mix one point better in every seed at testing 0.1, the single worse in one.
  private static let better: [(train: String, seed: String, values: [Double?])] = [
    ("1.0", "1", [0.10, 0.98]), ("1.0", "2", [0.12, 0.97]), ("1.0", "3", [0.11, 0.99]),
    ("mix", "1", [0.81, 0.99]), ("mix", "2", [0.86, 0.84]), ("mix", "3", [0.91, 1.00]),
  ]

  private func withTwoRuns(_ body: (ResultsRoot) throws -> Void) throws {
    try StoredSamples.withRoot { root in
      try StoredSamples.store("r1", in: root)
      try StoredSamples.store(
        "r2", in: root, parameters: Self.changed, epochs: 3, values: Self.better)
      try body(root)
    }
  }

  @Test func equalRunsGiveNoDifference() throws {
    try StoredSamples.withRoot { root in
      let first = try StoredSamples.store("r1", in: root)
      let second = try StoredSamples.store("r2", in: root)
      let comparison = try Comparison(ComparisonSide(first), ComparisonSide(second))
      #expect(!comparison.hasDifference && comparison.facts.isEmpty)
      #expect(comparison.counts == "6 cells: 6 equal")
      var options = ComparisonOptions()
      options.showsOnlyDifferences = true
      #expect(
        comparison.terminalText(options) == """
          left   study/r1
          right  study/r2
          besides numbers, nothing differs

          6 cells: 6 equal

          """)
    }
  }

  /// The CSV of a table has headings for labels, deviations, counts and the data set.
  @Test(arguments: [("asr.json", "asr.csv"), ("asr.csv", "asr.json")])
  func aStoredTableAndItsCSVAreEqual(left: String, right: String) throws {
    try StoredSamples.withRoot { root in
      let tables = try StoredSamples.store("r1", in: root).url.appending(path: "tables")
      let comparison = try Comparison(
        ComparisonSide(file: tables.appending(path: left).path),
        ComparisonSide(file: tables.appending(path: right).path))
      #expect(comparison.counts == "6 cells: 6 equal")
    }
  }

  @Test func aRunAndTheCSVOfAnotherShowWhatDiffers() throws {
    try withTwoRuns { root in
      let csv = try root.open("study/r2").url.appending(path: "tables/asr.csv").path
      let comparison = try Comparison(
        ComparisonSide(root.open("study/r1")), ComparisonSide(file: csv))
      #expect(
        comparison.differing.map(\.address.description) == [
          "asr[train=1.0].0.1", "asr[train=1.0].worst", "asr[train=mix].0.1",
          "asr[train=mix].worst",
        ])
    }
  }

  /// Numbers name the rows of the one, which its CSV alone does not tell.
  @Test func aLongTableAndItsCSVAreEqual() throws {
    let long = Table(
      columns: [Column("k", .string), Column("n", .int), Column("x", .double)],
      rows: [
        [.string("1"), .int(3), .double(0.1)], [.string("2"), .int(3), .null],
        [.string("2"), .int(4), .double(1e-9)],
      ])
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (json, csv) = (folder.appending(path: "a.json"), folder.appending(path: "a.csv"))
    try long.canonicalData.write(to: json)
    try Data(long.separated(by: .comma).utf8).write(to: csv)
    let comparison = try Comparison(
      ComparisonSide(file: csv.path), ComparisonSide(file: json.path))
    #expect(comparison.counts == "6 cells: 5 equal, 1 absent")
  }

  @Test func oneChangedParameterIsNamedWithItsOriginFirst() throws {
    try withTwoRuns { root in
      let comparison = try Comparison(
        ComparisonSide(root.open("study/r1")), ComparisonSide(root.open("study/r2")))
      var options = ComparisonOptions()
      options.showsOnlyDifferences = true
      options.showsPairs = true
      #expect(
        comparison.terminalText(options, width: 120).hasPrefix(
          """
          left   study/r1
          right  study/r2
          besides numbers, these differ:
            parameter epochs: 2 from profile smoke (x.yaml:9) -> 3 from command line
            cache keys: attack 6 of 6, model 6 of 6

          asr
          """))
      let cells = comparison.differing
      #expect(
        cells.map(\.address.description) == [
          "asr[train=1.0,test=0.1]", "asr[train=1.0].worst", "asr[train=mix,test=0.1]",
          "asr[train=mix].worst",
        ])
      #expect(cells.map(\.judgement) == [.worse, .worse, .better, .better])
      #expect(cells[0].trials == 3000)
      let single = try #require(SeedStatistics(cells[0].paired))
      #expect(single.positive == 0 && single.negative == 1)
      let mix = try #require(SeedStatistics(cells[2].paired))
      #expect(mix.positive == 3 && abs(mix.mean - 1) < 1e-9)
    }
  }

  @Test(arguments: [
    ("asr=abs:1", 2), ("*=abs:1", 0), ("asr=rel:10%", 2), ("worst=abs:1", 2), ("asr=abs:0.9", 4),
  ])
  func tolerancesAreByColumn(_ text: String, _ differing: Int) throws {
    try withTwoRuns { root in
      let comparison = try Comparison(
        ComparisonSide(root.open("study/r1")), ComparisonSide(root.open("study/r2")),
        tolerances: [Tolerance(parsing: text)])
      #expect(comparison.differing.count == differing)
    }
  }

  @Test(arguments: [
    (
      "asr",
      """
      error: --tolerance asr is not of the form COL=abs:x or COL=rel:y
        COL is a value or derived column of a table, or * for all
        fix: write asr=abs:0.5 (in the table's units), worst=rel:1%, or *=rel:0.001
      """
    ),
    (
      "asr=abs:-1",
      """
      error: --tolerance asr=abs:-1 is not of the form COL=abs:x or COL=rel:y
        COL is a value or derived column of a table, or * for all
        fix: write asr=abs:0.5 (in the table's units), worst=rel:1%, or *=rel:0.001
      """
    ),
  ])
  func aMalformedToleranceIsRefused(_ text: String, _ message: String) throws {
    let problem = #expect(throws: Diagnostic.self) { try Tolerance(parsing: text) }
    #expect(problem.map { DiagnosticRenderer().render($0) } == message)
  }

  @Test func namesThatNoTableHasAreRefused() throws {
    try withTwoRuns { root in
      let sides = try [
        ComparisonSide(root.open("study/r1")), ComparisonSide(root.open("study/r2")),
      ]
      let table = #expect(throws: Diagnostic.self) {
        try Comparison(sides[0], sides[1], table: "arr")
      }
      #expect(
        table.map { DiagnosticRenderer().render($0) } == """
          error: neither side has a table 'arr'
            there are asr
            fix: did you mean 'asr'?
          """)
      let column = #expect(throws: Diagnostic.self) {
        try Comparison(sides[0], sides[1], tolerances: [Tolerance(parsing: "wurst=abs:1")])
      }
      #expect(
        column.map { DiagnosticRenderer().render($0) } == """
          error: --tolerance: no table has a column 'wurst'
            there are asr, worst
            fix: did you mean 'worst'?
          """)
    }
  }

  // MARK: Baselines and files

  @Test func aBaselineReadsBackAndEqualsItsRun() throws {
    try StoredSamples.withRoot { root in
      let run = try StoredSamples.store("r1", in: root)
      let text = try Baseline(run).jsonValue.indentedJSON
      let again = try Baseline(StoredSamples.store("r2", in: root)).jsonValue.indentedJSON
      #expect(text == again)
      #expect(text.contains("      \"asr[train=mix].worst\": [80.0, 84.0, 90.0, 1000, 1000, 1000]"))
      let file = root.url.appending(path: "baseline.json").path
      try Data(text.utf8).write(to: URL(filePath: file))
      let comparison = try Comparison(ComparisonSide(file: file), ComparisonSide(run))
      #expect(!comparison.hasDifference && comparison.facts.isEmpty)
      #expect(comparison.counts == "6 cells: 6 equal")
    }
  }

  @Test func aCellThatOneSideLacksIsADifference() throws {
    try StoredSamples.withRoot { root in
      var values = ViewSamples.asr
      values.append(("0.3", "1", [0.5, 0.6]))
      let first = try StoredSamples.store("r1", in: root)
      let csv = root.url.appending(path: "a.csv").path
      let other = root.url.appending(path: "b.csv").path
      try Data("train,asr\n\"a, b\",1\nc,2\n".utf8).write(to: URL(filePath: csv))
      try Data("train,asr\n\"a, b\",1\n".utf8).write(to: URL(filePath: other))
      let comparison = try Comparison(ComparisonSide(file: csv), ComparisonSide(file: other))
      #expect(comparison.counts == "2 cells: 1 equal, 1 only left")
      #expect(comparison.differing.map(\.address.description) == ["a[train=c]"])
      let table = first.url.appending(path: "tables/asr.json").path
      #expect(try !Comparison(ComparisonSide(first), ComparisonSide(file: table)).hasDifference)
    }
  }

  @Test func aFileThatIsNoTableIsRefused() throws {
    try StoredSamples.withRoot { root in
      try FileManager.default.createDirectory(at: root.url, withIntermediateDirectories: true)
      let file = root.url.appending(path: "x.json").path
      try Data("{}".utf8).write(to: URL(filePath: file))
      let problem = #expect(throws: StageFailure.self) { try ComparisonSide(file: file) }
      #expect(
        problem?.description == """
          \(file): this is no baseline and no table
            compared are runs, baselines (results --export-baseline), tables as JSON or CSV
            fix: name a run's folder, or one of its files below tables or long
          """)
      let missing = #expect(throws: StageFailure.self) { try Baseline(file: file + "x") }
      #expect(
        missing?.description == """
          \(file)x: there is no baseline
            a baseline holds the numbers that later runs are compared with
            fix: write it from a good run: pipeline results RUN --export-baseline \(file)x
          """)
    }
  }

  @Test(arguments: [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (30, 2.0423)])
  func theIntervalIsStudents(_ freedom: Int, _ quantile: Double) throws {
    // n numbers 0...0, 1: their interval reaches quantile * sd / sqrt(n) = quantile / n.
    let values = Array(repeating: 0.0, count: freedom) + [1]
    let interval = try #require(SeedStatistics(values)?.interval)
    let reach = (interval.upperBound - interval.lowerBound) / 2
    // Four decimals of the printed table.
    #expect(abs(reach * Double(values.count) - quantile) < 6e-5)
  }
}
