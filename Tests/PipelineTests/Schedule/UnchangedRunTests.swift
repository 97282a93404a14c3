import Foundation
import GRDB
import Pipeline
import Testing

/// A repetition is recognised, and each thing that could make it another run is noticed.
struct UnchangedRunTests {
  /// A specification on disk that was run once: an include, a declared file, a large artifact.
  private final class Study {
    let folder: TemporaryFolder
    let store: Store
    let results: ResultsFolder
    private(set) var run = ""

    init() throws {
      folder = try TemporaryFolder()
      // Hashes taken long after the last change of a file are trusted.
      store = try Store(folder.workspace, now: { Date() + 3600 })
      results = ResultsFolder(root: folder.url.appending(path: "results"), experiment: "study")
      try write("params: {word: hello}\n", to: "common.yaml")
      try write("data", to: "data.txt")
      try write(
        """
        version: 1
        name: study
        include: [common.yaml]
        stages:
          a: {uses: test.fake, with: {text: "${word}", file: "\(path("data.txt"))"}}
          b: {uses: test.fake, inputs: {from: [a.out]}, with: {text: long}}

        """.replacing("{from: [a.out]}", with: "{from: {from: a.out, gather: true}}"),
        to: "study.yaml")
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
      try Data(text.utf8).write(to: URL(filePath: path(name)))
    }

    func unchanged(_ request: [String] = ["run", "study.yaml"]) -> UnchangedRun {
      UnchangedRun(
        request: request, store: store, registry: { StageRegistry([TextStage.type]) },
        dataFolders: DataFolders([]))
    }

    /// Runs and keeps a snapshot; `meanwhile` happens after the run has begun.
    func execute(
      registry: StageRegistry = StageRegistry([TextStage.type]), meanwhile: () throws -> Void = {}
    ) throws {
      let resolved = try SpecLoader(registry: registry).resolve(file: path("study.yaml"))
      let generation = try store.generation()
      let executor = FakeExecutor { text, _, _ in text == "long" ? largeText : text }
      let record = try Runner(
        resolved.graph, store: store, options: RunOptions(), dataFolders: DataFolders([]),
        inline: executor, process: executor
      ).run { _ in }
      #expect(record.exitStatus == .ok)
      let instances = record.instances.indices.map {
        InstanceResult(
          stage: resolved.graph.instances[$0].stage, labels: [], status: record.status(of: $0))
      }
      let report = RunReport(
        graph: resolved.graph, instances: instances, datasets: [])
      let stored = try results.write(
        RunDocument(resolved.graph, record, provenance: RunProvenance()), report: report,
        instances: instances)
      try meanwhile()
      try unchanged().keep(resolved, record, folder: stored, generation: generation)
      run = record.name
    }

    func sql(_ text: String) throws {
      try database(folder.workspace.database).write { try $0.execute(sql: text) }
    }
  }

  @Test func aRepetitionIsRecognised() throws {
    let study = try Study()
    #expect(study.unchanged().find() == nil)
    try study.execute()
    let snapshot = try #require(study.unchanged().find())
    #expect(snapshot.run == study.run && snapshot.instanceCount == 2)
    #expect(try StoredReport(snapshot).tables.isEmpty)
    // Another store of the same workspace, as another process would open it.
    let other = UnchangedRun(
      request: ["run", "study.yaml"], store: try Store(readOnly: study.folder.workspace),
      registry: { StageRegistry([TextStage.type]) }, dataFolders: DataFolders([]))
    #expect(other.find() == snapshot)
  }

  private static let changes: [(String, @Sendable (Study) throws -> Void)] = [
    ("specification", { try $0.write("version: 1\n", to: "study.yaml") }),
    ("include", { try $0.write("params: {word: bye}\n", to: "common.yaml") }),
    ("include gone", { try FileManager.default.removeItem(atPath: $0.path("common.yaml")) }),
    ("declared file", { try $0.write("other", to: "data.txt") }),
    ("declared file gone", { try FileManager.default.removeItem(atPath: $0.path("data.txt")) }),
    ("result removed", { try $0.sql("DELETE FROM action") }),
    ("content removed", { try $0.sql("DELETE FROM blob") }),
    ("content altered", { try $0.sql("UPDATE blob SET bytes = x'00'") }),
    (
      "artifact gone",
      { for file in $0.folder.artifactFiles { try FileManager.default.removeItem(atPath: file) } }
    ),
    (
      "artifact cut short",
      { for file in $0.folder.artifactFiles { #expect(truncate(file, 10) == 0) } }
    ),
    (
      "stored results edited",
      { try $0.write("[]", to: "results/study/\($0.run)/expectations.json") }
    ),
    (
      "stored results gone",
      { try FileManager.default.removeItem(atPath: $0.path("results/study/\($0.run)")) }
    ),
    (
      "another run is the newest",
      {
        let link = $0.path("results/study/latest")
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(
          atPath: link, withDestinationPath: "another")
      }
    ),
  ]

  @Test(arguments: changes.indices) func everyChangeIsNoticed(index: Int) throws {
    let (name, change) = Self.changes[index]
    let study = try Study()
    try study.execute()
    #expect(study.unchanged().find() != nil)
    try change(study)
    #expect(study.unchanged().find() == nil, "\(name)")
  }

  @Test func anotherRequestIsAnotherRun() throws {
    let study = try Study()
    try study.execute()
    #expect(study.unchanged(["run", "study.yaml", "word=bye"]).find() == nil)
    // The same letters, cut otherwise.
    #expect(study.unchanged(["runs", "tudy.yaml"]).find() == nil)
  }

  /// What goes while a run is under way may be what the run relied on.
  @Test func aRemovalDuringTheRunIsNotMissed() throws {
    let study = try Study()
    try study.execute { try study.sql("DELETE FROM blob") }
    #expect(study.unchanged().find() == nil)
  }

  /// Otherwise the stage would be taken to have done without the file, now and ever after.
  @Test func aFileThatGoesDuringTheRunIsMissed() throws {
    let study = try Study()
    let text = try String(contentsOfFile: study.path("study.yaml"), encoding: .utf8)
    try study.write(
      text.replacing("with: {text: \"${word}\"", with: "with: {leavesoutmissing: true, text: x"),
      to: "study.yaml")
    try study.execute()
    #expect(study.unchanged().find() != nil)
    try study.write("other", to: "data.txt")
    try study.execute { try FileManager.default.removeItem(atPath: study.path("data.txt")) }
    #expect(study.unchanged().find() == nil)
  }

  /// Stages that look at the same files share one list of them.
  @Test func everyStageThatLooksAtAFileNoticesItsChange() throws {
    let study = try Study()
    let text = try String(contentsOfFile: study.path("study.yaml"), encoding: .utf8)
    let file = study.path("data.txt")
    try study.write(
      text + "  c: {uses: test.fake, with: {text: other, file: \"\(file)\"}}\n", to: "study.yaml")
    try study.execute()
    #expect(study.unchanged().find()?.instanceCount == 3)
    try study.write("other", to: "data.txt")
    #expect(study.unchanged().find() == nil)
  }

  /// The run that repairs what went makes the next repetition a repetition again.
  @Test func aRunAfterTheChangeIsRemembered() throws {
    let study = try Study()
    try study.execute()
    let first = study.run
    try study.write("other", to: "data.txt")
    try study.execute()
    #expect(study.run != first)
    #expect(study.unchanged().find()?.run == study.run)
    #expect(try study.folder.texts("SELECT count(*) FROM snapshot") == ["1"])
  }

  /// The baseline may change, and nothing here would notice.
  @Test func aClaimAgainstABaselineIsJudgedAnew() throws {
    let study = try Study()
    try study.write(
      """
      version: 1
      name: study
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, inputs: {model: model.model, images: data.test}}
      tables: {asr: {from: attack.scores, value: asr, highlight: {best: max}}}
      expect: [{id: kept, value: asr, no_worse_than: {abs: 1}}]

      """, to: "study.yaml")
    try study.execute(registry: FakeStages.registry)
    #expect(study.unchanged().find() == nil)
  }
}
