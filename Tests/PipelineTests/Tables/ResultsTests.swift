import Foundation
import Pipeline
import Testing

@Suite struct ResultsTests {
  private static func graph(bound: Double = 30) throws -> Graph {
    let experiment = Experiment(
      name: "titim", title: "Trigger intensity", file: "experiments/titim.yaml",
      profile: "default",
      parameters: [.init(name: "epochs", value: .int(3), origin: "profile default (x.yaml:4)")],
      paper: ["key": "TITIM"])
    func plot(_ name: String, _ kind: PlotView.Kind, x: String = "", y: String = "") -> PlotView {
      PlotView(
        name: name, title: "", kind: kind, stage: "attack",
        output: kind == .images ? "preview" : "scores", table: "asr", x: x, y: y,
        color: kind == .images ? "" : "train", over: ["seed"], filters: [],
        location: ViewSamples.here)
    }
    let condition = Claim.Condition.greaterBy(
      left: try CellExpression(parsing: "asr[train=mix].worst"),
      right: try CellExpression(parsing: "asr[train='1.0'].worst"), bound)
    return Graph(
      experiment: experiment, instances: [], tables: [ViewSamples.view()],
      plots: [
        plot("curve", .line, x: "test", y: "asr"), plot("cloud", .scatter, x: "test", y: "asr"),
        plot("matrix", .heatmap), plot("previews", .images, x: "train"),
      ],
      expectations: [
        Claim(
          id: "mix", claim: "The mix | wins", condition: condition, paper: nil, seeds: .paired,
          level: .error, profiles: [], location: ViewSamples.here)
      ])
  }

  private static var instances: [InstanceResult] {
    ViewSamples.instances().enumerated().map { index, instance in
      var instance = instance
      instance.figures["preview"] =
        PNGImage(width: 4, height: 4, fill: .init(UInt8(index), 0, 0)).pngData
      return instance
    }
  }

  private static func report(bound: Double = 30) throws -> RunReport {
    RunReport(
      graph: try graph(bound: bound), instances: instances, datasets: [ViewSamples.dataset])
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func write(
    _ run: String, in root: URL, finishedAt: String = "2026-01-01T00:00:00Z"
  ) throws -> URL {
    var provenance = RunProvenance()
    provenance.specHash = "abc"
    provenance.finishedAt = finishedAt
    provenance.datasets = [ViewSamples.dataset]
    return try ResultsFolder(root: root, experiment: "titim").write(
      RunDocument(
        run: run, experiment: try Self.graph().experiment, provenance: provenance, instances: []),
      report: try Self.report(), instances: Self.instances)
  }

  private func files(in folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let data = FileManager.default.contents(atPath: folder.appending(path: path).path)
      if let data { files[path] = data }
    }
    return files
  }

  @Test func everyFileIsWritten() throws {
    try withFolder { root in
      let names = Set(try files(in: try write("r1", in: root)).keys)
      #expect(
        names.isSuperset(of: [
          "tables/asr.csv", "tables/asr.json", "tables/asr.md", "figures/curve.svg",
          "figures/cloud.svg", "figures/matrix.svg", "figures/previews.png",
          "expectations.json", "expectations.md", "summary.md", "run.json", "views.json",
          "report.html",
          "long/attack.scores.json",
        ]))
    }
  }

  @Test func onlyRunFileAndReportTellEqualRunsApart() throws {
    try withFolder { root in
      let first = try files(in: try write("r1", in: root))
      let second = try files(in: try write("r2", in: root, finishedAt: "2026-02-02T00:00:00Z"))
      let differing = Set(first.keys.filter { first[$0] != second[$0] })
      #expect(differing == ["run.json", "report.html"])
    }
  }

  @Test func theSummaryPutsClaimsFirst() throws {
    try withFolder { root in
      _ = try write("r1", in: root)
      let text = try String(
        contentsOf: root.appending(path: "titim/r1/summary.md"), encoding: .utf8)
      #expect(
        text.hasPrefix(
          """
          # Trigger intensity

          Data set: **cifar10 (copy 1a2b3c4d)**, profile: **default**.

          Paper: key: TITIM

          ## Claims

          | claim | ours | required | paper | verdict |
          | --- | --- | --- | --- | --- |
          | The mix \\| wins | 84.67 against 12.00 (72.67 more), per seed 70, 72, 76 \
          | at least 30 more | – | **shown** |

          ## Tables

          """))
      #expect(text.contains("![curve](figures/curve.svg)"))
      #expect(text.contains("- `epochs` = `3`, from profile default (x.yaml:4)"))
    }
  }

  @Test func latestFollowsTheLastRun() throws {
    try withFolder { root in
      let folder = ResultsFolder(root: root, experiment: "titim")
      _ = try write("r1", in: root)
      #expect(folder.latest == "r1")
      _ = try write("r2", in: root)
      #expect(folder.latest == "r2")
      #expect(folder.runs == ["r1", "r2"])
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(left.sorted() == ["latest", "r1", "r2"])
    }
  }

  /// Names of one second are in no order.
  @Test func theNewestRunIsTheOneStoredLast() throws {
    try withFolder { root in
      _ = try write("r2", in: root)
      _ = try write("r1", in: root)
      let results = ResultsRoot(root)
      for name in [nil, "latest", "titim"] { #expect(try results.open(name).run == "r1") }
      try FileManager.default.removeItem(at: root.appending(path: "titim/latest"))
      for name in [nil, "latest", "titim"] { #expect(try results.open(name).run == "r2") }
    }
  }

  @Test func storedTablesReadBack() throws {
    try withFolder { root in
      _ = try write("r1", in: root)
      let folder = ResultsFolder(root: root, experiment: "titim")
      #expect(folder.tableNames(run: "r1") == ["asr"])
      #expect(try folder.table("asr", run: "latest") == ViewSamples.table())
      let error = #expect(throws: StageFailure.self) { try folder.table("asrs", run: "r1") }
      #expect(error?.what == "run 'r1' stores no table 'asrs'")
      #expect(error?.why == "it stores asr")
      #expect(error?.fix == "did you mean 'asr'?")
      try Data("{}".utf8).write(to: folder.url.appending(path: "r1/tables/asr.json"))
      let damaged = #expect(throws: StageFailure.self) { try folder.table("asr", run: "r1") }
      #expect(damaged?.what == "the stored file is damaged")
    }
  }

  @Test func longTablesReadBack() throws {
    try withFolder { root in
      _ = try write("r1", in: root)
      let folder = ResultsFolder(root: root, experiment: "titim")
      #expect(folder.longTableNames(run: "r1") == ["attack.scores"])
      let table = try folder.longTable("attack.scores", run: "r1")
      #expect(table.columns.map(\.name) == ["train", "seed", "test", "n", "asr"])
      #expect(
        table.rows[1] == [
          .string("1.0"), .string("1"), .double(1), .int(1000), .double(0.98),
        ])
    }
  }

  @Test func runsAreFoundByName() throws {
    try withFolder { root in
      let folder = ResultsFolder(root: root, experiment: "titim")
      let none = #expect(throws: StageFailure.self) { try folder.run(named: nil) }
      #expect(
        none?.description == """
          \(folder.url.path): no run is stored here
            fix: run the experiment first: pipeline run experiments/titim.yaml
          """)
      _ = try write("r1", in: root)
      #expect(try folder.run(named: nil) == "r1")
      #expect(try folder.run(named: "latest") == "r1")
      let error = #expect(throws: StageFailure.self) { try folder.run(named: "r11") }
      #expect(
        error?.description == """
          \(folder.url.path): there is no run 'r11'
            stored are r1
            fix: did you mean 'r1'?
          """)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsExplained() throws {
    try withFolder { root in
      let blocked = root.appending(path: "results")
      try Data().write(to: blocked)
      let error = #expect(throws: StageFailure.self) { try write("r1", in: blocked) }
      #expect(error?.failureClass == .environment)
      #expect(
        error?.description == """
          \(blocked.path)/titim: results cannot be written: Not a directory
            every run stores its tables, figures and verdicts there
            fix: make the folder writable, free some space, or name another one with --output DIR
          """)
    }
  }

  @Test func whatDeadProcessesLeftHalfWrittenIsRemovedADayLater() throws {
    try withFolder { root in
      let folder = ResultsFolder(root: root, experiment: "titim")
      // No process has the largest number: it may be one of another machine.
      let half = ".old.tmp-\(Int32.max)"
      let link = ".latest.old.tmp-\(Int32.max)"
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: half + "/tables"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder.url.appending(path: link).path, withDestinationPath: "old")
      _ = try write("one", in: root)
      let names = { try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() }
      folder.removeLeftovers()
      #expect(try names() == [link, half, "latest", "one"])
      folder.removeLeftovers(now: Date().addingTimeInterval(86_401))
      #expect(try names() == ["latest", "one"])
    }
  }

  @Test func runsOfOneProcessAreWrittenAtTheSameTime() throws {
    try withFolder { root in
      DispatchQueue.concurrentPerform(iterations: 24) { number in
        #expect(throws: Never.self) { try write("run\(number)", in: root) }
      }
      let folder = ResultsFolder(root: root, experiment: "titim")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(names.count == 25 && names.allSatisfy { !$0.hasPrefix(".") })
      #expect(folder.latest?.hasPrefix("run") == true)
    }
  }

  @Test func aRunIsNeverOverwritten() throws {
    try withFolder { root in
      let folder = try write("r1", in: root)
      let before = try files(in: folder)
      let error = #expect(throws: StageFailure.self) {
        try write("r1", in: root, finishedAt: "later")
      }
      #expect(error?.what == "a run of this name is stored already")
      #expect(try files(in: folder) == before)
    }
  }

  @Test func aViewThatCannotBeMadeFailsItsClaims() throws {
    let report = RunReport(
      graph: try Self.graph(), instances: [], datasets: [ViewSamples.dataset])
    #expect(report.tables.isEmpty && report.figures.isEmpty)
    #expect(report.problems.count == 5)
    #expect(report.expectations[0].verdict == .missing)
    #expect(report.failsRun())
    #expect(report.verdictCount == "1 claim: 1 not shown (missing)")
  }

  @Test func aPlotThatCannotBeDrawnIsCalledAPlot() throws {
    let plot = PlotView(
      name: "curve", title: "", kind: .line, stage: "attack", output: "scores", table: "",
      x: "test", y: "asr", color: "train", over: [], filters: [], location: ViewSamples.here)
    #expect(
      throws: Diagnostic(
        at: ViewSamples.here, "plot 'curve': several rows fall into one cell",
        why: "they differ in 'seed'",
        fix: "add the column to 'color' or 'over', or pin it under 'where'")
    ) { try plot.evaluate(Self.instances, tables: [:], dataset: ViewSamples.dataset) }
  }

  @Test func theExitFollowsTheVerdict() throws {
    #expect(try !Self.report().failsRun())
    #expect(try Self.report(bound: 99).failsRun())
    let report = try Self.report(bound: 99)
    let text = report.tablesText() + report.claimsText()
    #expect(text.contains("NOT SHOWN  The mix | wins"))
    #expect(text.hasSuffix("1 claim: 1 not shown\n"))
  }

  @Test(arguments: ["curve.svg", "cloud.svg"])
  func fractionsAreDrawnInPercent(_ file: String) throws {
    let figure = try #require(try Self.report().figures.first { $0.fileName == file })
    let svg = String(decoding: figure.data, as: UTF8.self)
    #expect(svg.contains(">asr (%)</text>"))
    #expect(svg.contains(">20</text>") && svg.contains(">100</text>"))
  }

  @Test(arguments: [
    (0.1, 0.3, ">30</text>", ">100</text>"), (0.5, 1.5, ">140</text>", ">20</text>"),
  ])
  func percentagesKeepTheirRange(_ low: Double, _ high: Double, shown: String, absent: String)
    throws
  {
    var instance = InstanceResult(stage: "model", labels: [], status: .ran)
    instance.tables["history"] = Table(
      columns: [Column("epoch", .int), Column("gain", .double, unit: "fraction")],
      rows: [[.int(1), .double(low)], [.int(2), .double(high)]])
    let plot = PlotView(
      name: "gain", title: "", kind: .line, stage: "model", output: "history", table: "",
      x: "epoch", y: "gain", color: "", over: [], filters: [], location: ViewSamples.here)
    let figures = try plot.evaluate([instance], tables: [:], dataset: ViewSamples.dataset)
    let svg = String(decoding: figures[0].data, as: UTF8.self)
    #expect(svg.contains(shown) && !svg.contains(absent))
  }

  @Test func whatNamesNoDataSetNamesAllOfTheRun() throws {
    let book = DatasetReference(name: "walden", hash: "00ff")
    let report = RunReport(
      graph: try Self.graph(), instances: Self.instances,
      datasets: [ViewSamples.dataset, book, ViewSamples.dataset])
    let all = DatasetReference(name: "cifar10 (copy 1a2b3c4d), walden", hash: "")
    #expect(report.dataset == all && report.tables.map(\.dataset) == [all])
    #expect(DatasetReference.all([book, book]) == book)
  }

  @Test func aNumberIsDrawnInItsUnit() throws {
    var instance = InstanceResult(stage: "model", labels: [], status: .ran)
    instance.tables["history"] = Table(
      columns: [Column("epoch", .int), Column("loss", .double, unit: "nats")],
      rows: [[.int(1), .double(2.5)], [.int(2), .double(0.5)]])
    let plot = PlotView(
      name: "loss", title: "", kind: .line, stage: "model", output: "history", table: "",
      x: "epoch", y: "loss", color: "", over: [], filters: [], location: ViewSamples.here)
    let figures = try plot.evaluate([instance], tables: [:], dataset: ViewSamples.dataset)
    let svg = String(decoding: try #require(figures.first).data, as: UTF8.self)
    #expect(svg.contains(">loss (nats)</text>"))
    #expect(svg.contains(">2.5</text>"))
  }

  @Test func wideSheetsStackUnderOneTitle() throws {
    let plot = PlotView(
      name: "previews", title: "Previews", kind: .images, stage: "attack", output: "preview",
      table: "", x: "", y: "", color: "", over: [], filters: [("seed", ["1"])],
      location: ViewSamples.here)
    let photo = PNGImage(width: 900, height: 40, fill: .init(1, 2, 3))
    let preview = ImageSheet(
      title: "Poisoned", rowLabels: [""], columnLabels: [""], images: [[photo]])
    let instances = ViewSamples.instances().map { instance in
      var instance = instance
      var sheet = preview
      sheet.scale = 1
      instance.figures["preview"] = sheet.image.pngData
      return instance
    }
    let figures = try plot.evaluate(instances, tables: [:], dataset: ViewSamples.dataset)
    let sheet = try PNGImage(pngData: try #require(figures.first).data)
    var expected = ImageSheet(
      title: "Previews", rowLabels: ["train 1.0", "train mix"], columnLabels: [""],
      images: [[photo], [photo]].map { row in
        row.map { photo in
          // What is left of a preview without its title: its margins.
          var rest = PNGImage(width: 932, height: 56, fill: .init(250, 250, 250))
          rest.draw(photo, x: 16, y: 0)
          return rest
        }
      })
    expected.subtitle = "cifar10 (copy 1a2b3c4d)"
    expected.hasLabelsAbove = true
    expected.scale = 1
    expected.commonTitle = ImageSheet.commonTitle(of: [preview.image])
    #expect(sheet == expected.image)
    #expect(sheet.width == 964)
  }

  @Test func previewsOfInstancesShareASheet() throws {
    let figure = try #require(
      try Self.report().figures.first { $0.fileName == "previews.png" })
    let sheet = try PNGImage(pngData: figure.data)
    let colours = Set(
      (0..<sheet.width).flatMap { x in
        (0..<sheet.height).map { sheet[x, $0] }
      })
    for index in 0..<6 { #expect(colours.contains(.init(UInt8(index), 0, 0))) }
  }
}
