import Foundation
import Pipeline
import Stages
import Testing

/// Importance by kind of word, and its relation to a lexicon.
struct ConcretenessTests {
  private let bench: StageBench
  private let words: StageBench.Output

  /// Two captions: "red circle of ring" and "red ring".
  init() throws {
    bench = try StageBench()
    var table = Table(columns: [
      Column("dataset", .string), Column("dataset_hash", .string), Column("image", .int),
      Column("word", .string), Column("class", .string), Column("importance", .double),
    ])
    let rows: [(Int, String, Value, Double)] = [
      (0, "red", .string("colour"), 2), (0, "circle", .string("shape"), 1.5),
      (0, "of", .null, 0.25), (0, "ring", .string("shape"), 0.25),
      (1, "red", .string("colour"), 1), (1, "ring", .string("shape"), 1),
    ]
    for (image, word, kind, importance) in rows {
      table.append([
        .string("two"), .string("0"), .int(image), .string(word), kind, .double(importance),
      ])
    }
    words = StageBench.Output(url: bench.folder.appending(path: "words"), labels: [])
    try table.canonicalData.write(to: words.url)
  }

  private func run(lexicon: String? = nil) throws -> [String: StageBench.Output] {
    let file = bench.folder.appending(path: "lexicon.tsv")
    if let lexicon { try Data(lexicon.utf8).write(to: file) }
    return try bench.run(
      "explain.concreteness", lexicon == nil ? [:] : ["lexicon": .string("lexicon.tsv")],
      inputs: ["words": [words]], files: DataFolders([bench.folder]))
  }

  /// Colours have 2 and 1; shapes 1.5, 0.25 and 1.
  @Test func averagesKinds() throws {
    let table = try #require(run()["classes"]).table
    #expect(table.column("class") == [.string("colour"), .string("shape")])
    #expect(table.column("importance") == [.double(1.5), .double(2.75 / 3)])
    #expect(table.column("n") == [.int(2), .int(3)])
  }

  /// Means are circle 1.5, of 0.25, red 1.5, ring 0.625. The lexicon knows three of them and orders
  /// ring, circle, red: ranks 1, 2.5, 2.5 against 1, 2, 3 correlate by the square root of 3/4.
  @Test func relatesWordsToALexicon() throws {
    let found = try run(lexicon: "circle\t4.5\nRed\t4.75\nring\t3\nzebra\t5\n")
    let table = try #require(found["correlation"]).table
    #expect(table.column("lexicon") == [.string("lexicon.tsv")])
    #expect(table.column("n") == [.int(3)])
    let correlation = try #require(table.column("spearman")[0].number)
    #expect(abs(correlation - 0.75.squareRoot()) < 1e-12)
  }

  /// Without one, kinds stand for words: shapes above colours, "of" has none.
  @Test func relatesWordsToOurOrderOfKinds() throws {
    let table = try #require(run()["correlation"]).table
    #expect(table.column("lexicon") == [.string("our order of kinds")])
    #expect(table.column("n") == [.int(3)])
  }

  @Test func refusesALineWithoutAScore() throws {
    #expect(
      throws: StageFailure(
        at: bench.folder.appending(path: "lexicon.tsv").path + ":2",
        "\"ring three\" is no word and score", why: "each line reads word<TAB>score",
        fix: "mend or remove the line")
    ) {
      try run(lexicon: "circle\t4.5\nring three\n")
    }
  }

  @Test func missingLexiconsAreNamed() {
    #expect(
      throws: StageFailure(
        .environment, at: "parameter lexicon", "there is no scores.tsv",
        why: "looked in /nowhere",
        fix: "put the file there, or write lexicon: \"\" to score kinds of words")
    ) {
      try bench.run(
        "explain.concreteness", ["lexicon": .string("scores.tsv")], inputs: ["words": [words]],
        files: DataFolders([URL(filePath: "/nowhere")]))
    }
  }
}
