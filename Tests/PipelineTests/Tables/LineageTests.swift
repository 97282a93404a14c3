import Foundation
import Pipeline
import Testing

@Suite struct LineageTests {
  private func withRun(_ body: (StoredResults) throws -> Void) throws {
    try StoredSamples.withRoot { try body(StoredSamples.store("r1", in: $0)) }
  }

  private func names(_ lineage: Lineage) -> [String] {
    lineage.distances.keys.sorted().map { lineage.document.instances[$0].id }
  }

  @Test(arguments: [
    ("asr[train=mix].worst", "mix"), ("asr[train=mix,test=0.1]", "mix"),
    ("max(asr[train!=mix].worst)", "1.0"),
  ])
  func aCellIsTracedToItsOwnInstances(_ cell: String, _ train: String) throws {
    try withRun { run in
      let lineage = try Lineage(of: LineageFinder(run).subject(cell), in: run, .behind)
      let seeds = ["1", "2", "3"].flatMap { seed in
        ["model", "attack"].map { "\($0)[train=\(train),seed=\(seed)]" }
      }
      #expect(names(lineage) == ["data"] + seeds)
    }
  }

  @Test func aWholeTableIsMadeByAllOfItsInstances() throws {
    try withRun { run in
      let lineage = try Lineage(of: LineageFinder(run).subject("asr"), in: run, .behind)
      #expect(lineage.distances.count == 13)
      let near = try Lineage(of: LineageFinder(run).subject("asr"), in: run, .behind, depth: 1)
      #expect(near.distances.count == 6)
    }
  }

  @Test func theTreeSaysWhereEveryValueComesFrom() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("model[train=mix,seed=1]")
      let lineage = try Lineage(of: subject, in: run, .behind)
      let model = lineage.document.instances[lineage.distances.keys.max() ?? 0]
      let data = lineage.document.instances[0]
      #expect(
        lineage.treeText == """
          1 instance of model[train=mix,seed=1]
            made by model[train=mix,seed=1]  train.classifier, x.yaml:30, key \(model.key.prefix(12))
                input train  data.train  sha256 \(data.outputs[0].hash.prefix(12))
                epochs = 2  from profile smoke (x.yaml:9)
                train = "mix"  from axis (x.yaml:12)
                defaults: lr = 0.05, seed = 1
              train <- data  dataset.images, x.yaml:20, key \(data.key.prefix(12))
                  file train  sha256 \(String(repeating: "ab", count: 32))

          """)
    }
  }

  @Test func aParameterLeadsToItsCellsAndClaims() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("epochs")
      #expect(subject.title == "parameter epochs = 2 from profile smoke (x.yaml:9)")
      #expect(subject.isSource && subject.instances.count == 6)
      let lineage = try Lineage(of: subject, in: run, .dependents)
      #expect(lineage.cells.count == 6)
      #expect(lineage.claims.map(\.id) == ["mix_wins", "single_high"])
      let unused = try Lineage(of: LineageFinder(run).subject("tests"), in: run, .dependents)
      #expect(unused.treeText.hasSuffix("no cell depends on it\nno claim depends on it\n"))
    }
  }

  @Test func oneInstanceLeadsToItsOwnCellsOnly() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("model[train=mix,seed=2]")
      let lineage = try Lineage(of: subject, in: run, .dependents)
      #expect(
        lineage.cells.map(\.description) == [
          "asr[train=mix,test=0.1]", "asr[train=mix,test=1.0]", "asr[train=mix].worst",
        ])
      #expect(lineage.claims.map(\.id) == ["mix_wins"])
    }
  }

  @Test func aDataHashLeadsToAllThatReadsIt() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("ababab")
      #expect(subject.title == "data file train, sha256 \(String(repeating: "ab", count: 32))")
      let lineage = try Lineage(of: subject, in: run, .dependents)
      #expect(lineage.distances.count == 13 && lineage.cells.count == 6)
    }
  }

  @Test func provenanceNamesActivitiesAndEntities() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("asr[train=mix].worst")
      let lineage = try Lineage(of: subject, in: run, .behind)
      guard case .map(let fields) = lineage.provValue,
        case .map(let activities)? = fields["activity"],
        case .map(let used)? = fields["used"]
      else {
        Issue.record("not a PROV document")
        return
      }
      #expect(activities.count == 7)
      #expect(used.count == 7)  // one file, and an input of each of six consumers
    }
  }

  @Test func theGraphBreaksLinesAsGraphvizDoes() throws {
    try withRun { run in
      let subject = try LineageFinder(run).subject("model[train=mix,seed=2]")
      let dot = try Lineage(of: subject, in: run, .behind).dot
      #expect(dot.contains(#"label="model[train=mix,seed=2]\ntrain.classifier""#), "\(dot)")
    }
  }

  @Test func anUnknownSubjectIsRefused() throws {
    try withRun { run in
      let problem = #expect(throws: Diagnostic.self) { try LineageFinder(run).subject("epohcs") }
      #expect(
        problem.map { DiagnosticRenderer().render($0) } == """
          error: 'epohcs' names nothing in run r1
            tables: asr; stages: attack, data, model; parameters: epochs, tests
            fix: did you mean 'epochs'?
          """)
      let label = #expect(throws: Diagnostic.self) {
        try LineageFinder(run).subject("asr[train=mux].worst")
      }
      #expect(
        label?.what == "'asr[train=mux].worst' matches no cell; train is one of 1.0, mix")
    }
  }

  // MARK: Keys

  @Test func anExplanationNamesWhatDiffersAndWhereItComesFrom() throws {
    try StoredSamples.withRoot { root in
      let first = try StoredSamples.store("r1", in: root)
      let second = try StoredSamples.store("r2", in: root, epochs: 3)
      let index = try #require(second.document.index(of: "model[train=mix,seed=1]"))
      let other = try #require(first.document.index(of: "model[train=mix,seed=1]"))
      let explanation = KeyExplanation(
        index, of: second.document,
        against: .init(name: "run r1", parts: first.document.instances[other].parts), logPath: nil)
      let key = second.document.instances[index].key
      #expect(
        explanation.text == """
          model[train=mix,seed=1]  train.classifier, x.yaml:30
            it ran: no result was stored under its key, or it was forced
            differs from run r1 in 1 part:
              parameter.epochs: 2 -> 3 from profile smoke (x.yaml:9)
            cost: 0 s elapsed, 0 s CPU, 0 MiB at most when it was computed
            log: none is kept here
            key \(key), made of:
              parameter.epochs  3  from profile smoke (x.yaml:9)
              parameter.lr      0.05  from stage default
              parameter.seed    1  from stage default
              parameter.train   "mix"  from axis (x.yaml:12)
              type              "train.classifier"

          """)
    }
  }
}
