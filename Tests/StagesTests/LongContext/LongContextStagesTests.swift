import Foundation
import Pipeline
import Stages
import Testing

/// The stages on a random model: what they refuse, and the figures of their tables.
@Suite struct LongContextStagesTests {
  private static let story = String(repeating: "the cat sat on a mat and ate. ", count: 200)

  private func needles(
    _ bench: StageBench, _ parameters: [String: Value] = [:]
  ) throws -> (model: [StageBench.Output], dataset: [StageBench.Output]) {
    let model = try bench.tinyModel(RandomModel.writer()).one("model")
    let task: [String: Value] = [
      "lengths": .list([.int(700)]), "depths": .list([.double(0.1), .double(0.4)]),
      "samples": .int(2),
    ]
    let made = try bench.run(
      "longctx.make_task", task.merging(parameters) { $1 },
      inputs: ["model": model, "text": bench.text(Self.story)])
    return (model, made.one("dataset"))
  }

  private func failure(_ body: () throws -> Void) -> StageFailure? {
    do {
      try body()
      return nil
    } catch {
      return error as? StageFailure
    }
  }

  /// " 48213" takes six tokens of this vocabulary.
  @Test func refusesAnswersThatCannotBeGiven() throws {
    let bench = try StageBench()
    let (model, dataset) = try needles(bench)
    let refused = failure {
      try bench.run(
        "longctx.eval", ["window": .int(256), "max_new": .int(3)],
        inputs: ["model": model, "dataset": dataset])
    }
    #expect(
      refused
        == StageFailure(
          at: "parameter max_new", "3 tokens for answers of 6", why: "no answer could be right",
          fix: "write max_new: 10"))
  }

  @Test(arguments: ["parallelcomp", "truncate", "streaming"])
  func refusesWindowsWithoutText(method: String) throws {
    let bench = try StageBench()
    let (model, dataset) = try needles(bench)
    let refused = failure {
      try bench.run(
        "longctx.eval",
        ["method": .string(method), "window": .int(256), "max_new": .int(512)],
        inputs: ["model": model, "dataset": dataset])
    }
    #expect(refused?.location == "parameter window")
    #expect(refused?.what == "a window of 256 leaves 0 tokens for text")
  }

  @Test func refusesTextsWithoutABeginning() {
    for lengths in [[Value.int(512)], [.int(1024), .int(512)], []] {
      let problems = StageBench.problems(
        "longctx.perplexity", ["lengths": .list(lengths), "query_len": .int(512)])
      #expect(problems.map(\.parameter) == ["lengths"])
    }
    let evicting = StageBench.problems("longctx.perplexity", ["method": .string("snapkv")])
    #expect(evicting.map(\.fix) == ["write method: ntk"])
  }

  /// Only parallelcomp evicts.
  @Test func refusesEvictionElsewhere() {
    let problems = StageBench.problems(
      "longctx.eval",
      [
        "method": .string("ape"), "compress": .string("parallel"),
        "calibrate": .list([.string("recipe")]),
      ])
    #expect(problems.map(\.parameter) == ["compress", "calibrate"])
  }

  /// Counts, shares and places of a method that sees everything of a chunk.
  @Test func answersAreCounted() throws {
    let bench = try StageBench()
    let (model, dataset) = try needles(bench)
    let found = try bench.run(
      "longctx.eval", ["window": .int(256), "keep": .int(2)],
      inputs: ["model": model, "dataset": dataset])
    let samples = try #require(found["samples"]).table
    #expect(samples.column("sample") == [.int(0), .int(1), .int(2), .int(3)])
    #expect(samples.column("text") == [.int(0), .int(0), .int(1), .int(1)])
    let chunks = try #require(found["chunks"]).table
    let accuracy = try #require(found["accuracy"]).table
    #expect(accuracy.column("n") == [.int(4)])
    let gold = samples.column("selected_gold").reduce(0) { $0 + $1.orNaN }
    #expect(accuracy.column("gold")[0] == .double(gold / 4))
    #expect(accuracy.column("gold_n")[0].orNaN == gold)
    let kept = chunks.column("kept").reduce(0) { $0 + $1.orNaN }
    #expect(kept == 8)
    // Of every text's chunks the two of least loss are kept.
    for sample in 0..<4 {
      let rows = chunks.rows.indices.filter { chunks.column("sample")[$0] == .int(sample) }
      let losses = rows.map { chunks.column("nll")[$0].orNaN }
      let chosen = rows.filter { chunks.column("kept")[$0] == .int(1) }
        .map { chunks.column("nll")[$0].orNaN }
      #expect(chosen.sorted() == Array(losses.sorted().prefix(2)))
      #expect(rows.reduce(0) { $0 + Int(chunks.column("tokens")[$1].orNaN) } == 700)
    }
  }

  /// The clock changes no answer: those of the first text of a length, and what they took.
  @Test func timesStandBesideTheSameAnswers() throws {
    let bench = try StageBench()
    let (model, dataset) = try needles(
      bench, ["samples": .int(1), "depths": .list([.double(0.4)])])
    let parameters: [String: Value] = ["window": .int(256), "keep": .int(2)]
    let inputs = ["model": model, "dataset": dataset]
    let timed = try bench.run(
      "longctx.throughput", parameters.merging(["rounds": .int(2)]) { $1 }, inputs: inputs)
    let untimed = try bench.run("longctx.eval", parameters, inputs: inputs)
    for output in ["samples", "chunks", "accuracy", "depths"] {
      let found = try #require(timed[output]).data
      #expect(try found == untimed[output]?.data)
    }
    let table = try #require(timed["throughput"]).table
    #expect(table.column("length") == [.int(700)] && table.column("rounds") == [.int(2)])
    let cache = table.column("cache")[0].orNaN
    #expect(try cache == untimed["samples"]?.table.column("cache")[0].orNaN)
    #expect(table.column("memory")[0].orNaN > cache && table.column("prefill")[0].orNaN > 0)
  }

  /// Shares before and after sum to 1 in each layer, and nothing is gone before.
  @Test func attentionIsDivided() throws {
    let bench = try StageBench()
    let (model, dataset) = try needles(
      bench, ["samples": .int(1), "depths": .list([.double(0.4)])])
    let found = try bench.run(
      "longctx.attention_bias",
      [
        "window": .int(256), "keep": .int(2), "lambda": .double(0.001),
        "calibrate": .list([.string("middle:1-2")]),
      ], inputs: ["model": model, "dataset": dataset])
    let regions = try #require(found["regions"]).table
    #expect(
      regions.column("region").prefix(4)
        == [.string("sink"), .string("middle"), .string("recency"), .string("question")])
    let shares = regions.column("share").map(\.orNaN)
    #expect(shares.count == 16)
    for layer in 0..<4 {
      #expect(abs(shares[4 * layer..<4 * layer + 4].reduce(0, +) - 1) < 1e-4)
    }
    let evicted = regions.column("evicted").map(\.orNaN)
    #expect(evicted.prefix(8).allSatisfy { $0 == 0 } && evicted[9] > 0 && evicted[13] > 0)
    #expect(evicted[8] == 0 && evicted[10] == 0)
    #expect(try #require(found["curve"]).table.rows.count == 100)
  }

  /// All lengths end in the same tokens: what a window sees of them does not depend on the length.
  @Test func lengthsShareTheirEnd() throws {
    let bench = try StageBench()
    let scored = try bench.run(
      "longctx.perplexity",
      [
        "method": .string("streaming"), "window": .int(256), "query_len": .int(32),
        "lengths": .list([.int(600), .int(900)]), "samples": .int(2),
      ],
      inputs: [
        "model": bench.tinyModel(RandomModel.writer()).one("model"),
        "text": bench.text(Self.story),
      ])
    let table = try #require(scored["perplexity"]).table
    #expect(table.column("tokens") == [.int(62), .int(62)])
    let nll = table.column("nll").map(\.orNaN)
    #expect(table.column("perplexity").map(\.orNaN) == nll.map { exp($0) })
    // Four first tokens of the text are all that differs.
    #expect(abs(nll[0] - nll[1]) < 0.2)
  }

  private func answers(_ correct: [(text: Int, isCorrect: Int)]) -> Table {
    Table(
      columns: [Column("method", .string), Column("task", .string)]
        + ["length", "sample", "text", "correct"].map { Column($0, .int) },
      rows: correct.enumerated().map {
        [
          .string("m"), .string("passkey"), .int(100), .int($0), .int($1.text),
          .int($1.isCorrect),
        ]
      })
  }

  private func compare(
    _ bench: StageBench, _ tables: [(label: String, table: Table)]
  ) throws -> Table {
    let inputs = try tables.map { label, table in
      let file = bench.folder.appending(path: UUID().uuidString)
      try table.canonicalData.write(to: file)
      return StageBench.Output(url: file, labels: []).labelled(["reader": label])
    }
    let outputs = try bench.run(
      "longctx.report", ["reference": .string("own"), "resamples": .int(1000)],
      inputs: ["samples": inputs])
    return try #require(outputs["comparison"]).table
  }

  /// Twenty questions about four texts are four texts.
  @Test func intervalsNeedTexts() throws {
    let bench = try StageBench()
    for (texts, isJudged) in [(4, false), (5, true)] {
      let own = (0..<20).map { ($0 % texts, 1) }
      let other = (0..<20).map { ($0 % texts, $0 % texts == 0 ? 1 : 0) }
      let table = try compare(bench, [("own", answers(own)), ("other", answers(other))])
      #expect(table.column("n") == [.int(20), .int(20)])
      #expect(table.column("texts") == [.int(texts), .int(texts)])
      #expect(abs(table.column("difference")[0].orNaN - (1 - 1 / Double(texts))) < 1e-12)
      #expect((table.column("low")[0] == .null) != isJudged)
      #expect(table.column("significant")[0] == (isJudged ? .int(1) : .null))
    }
  }

  @Test func refusesEqualNames() throws {
    let bench = try StageBench()
    let table = answers([(0, 1)])
    let refused = failure {
      _ = try compare(bench, [("own", table), ("other", table), ("other", table)])
    }
    #expect(
      refused
        == StageFailure(
          at: "input samples", "two methods are named 'other'",
          why: "one of them could not be told from the other",
          fix: "gather them by an axis that tells them apart"))
  }
}
