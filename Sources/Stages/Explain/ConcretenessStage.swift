import Compute
import Foundation
import Pipeline

/// `explain.concreteness`: which kinds of words drive the match, and whether concrete ones do more.
struct ConcretenessStage: Stage {
  static let kind = "explain.concreteness"
  static let version = 1
  static let summary = "Averages the importance of words by kind, and relates it to a lexicon."
  static let inputs = [InputSlot("words", .table, help: "from explain.words")]
  static let outputs = [
    OutputSlot(
      "classes", .table,
      columns: ResultColumns.dataset + [
        Column("class", .string, help: "kind of word"),
        Column("importance", .double, help: "mean; 1 is an average word"),
      ] + ResultColumns.bounds(over: "captions") + [Column("n", .int, help: "words")],
      help: "one row per kind"),
    OutputSlot(
      "correlation", .table,
      columns: ResultColumns.dataset + [
        Column("lexicon", .string, help: "where scores of words come from"),
        Column("spearman", .double, help: "rank correlation of mean importance and score"),
        Column("n", .int, help: "different words with a score"),
      ], help: "one row"),
  ]

  private let lexicon: String
  private let seed: Int

  init(_ p: inout ParameterReader) {
    lexicon = p.string(
      "lexicon", default: "",
      help: "file of lines word<TAB>score in a data folder; empty takes our own order of kinds")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the bootstrap")
  }

  var estimate: Estimate { .small }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    guard !lexicon.isEmpty else { return [] }
    guard let url = folders.locate(lexicon) else {
      throw StageFailure(
        .environment, at: "parameter lexicon", "there is no \(lexicon)",
        why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
        fix: "put the file there, or write lexicon: \"\" to score kinds of words")
    }
    return [DeclaredFile(name: "lexicon", url: url)]
  }

  /// How concrete a kind of word is: what can be pointed at, what it looks like, how large, where.
  /// An order of our own, not measured on people: no claim rests on it.
  private static let kinds = ["shape": 4.0, "colour": 3, "size": 2, "relation": 1, "function": 0]

  private struct Word {
    let group: Int
    let text: String
    let kind: String?
    let importance: Double
  }

  func run(_ context: StageContext) throws {
    let table = try Table(canonicalData: Data(contentsOf: context.input("words").url))
    let words = try words(of: table)
    let leading = table.rows.first.map { Array($0.prefix(2)) } ?? [.null, .null]
    var classes = Table(columns: Self.outputs[0].columns)
    let bootstrap = GroupedBootstrap(
      groupOf: words.map(\.group), count: GroupedBootstrap.usualDraws, seed: UInt64(seed))
    for kind in Set(words.compactMap(\.kind)).sorted() {
      let interval = bootstrap.interval(words.map { $0.kind == kind ? $0.importance : nil })
      classes.append(
        leading + [
          .string(kind), .measured(interval?.mean), .measured(interval?.low),
          .measured(interval?.high), .int(words.count { $0.kind == kind }),
        ])
    }
    try classes.write(to: context, "classes")
    let scores = try scores(context)
    let byWord = Dictionary(grouping: words, by: \.text).sorted { $0.key < $1.key }
    let pairs = byWord.compactMap { text, uses -> (Double, Double)? in
      let score = scores?[text] ?? (scores == nil ? uses[0].kind.flatMap { Self.kinds[$0] } : nil)
      return score.flatMap { score in
        Summary.mean(uses.map(\.importance)).map { ($0, score) }
      }
    }
    var correlation = Table(columns: Self.outputs[1].columns)
    correlation.append(
      leading + [
        .string(lexicon.isEmpty ? "our order of kinds" : lexicon),
        .measured(EffectMetrics.spearman(pairs.map(\.0), pairs.map(\.1))), .int(pairs.count),
      ])
    try correlation.write(to: context, "correlation")
  }

  private func words(of table: Table) throws -> [Word] {
    let places = ["image", "word", "class", "importance"].map { name in
      table.columns.firstIndex { $0.name == name }
    }
    guard let image = places[0], let word = places[1], let kind = places[2],
      let importance = places[3]
    else {
      throw StageFailure(
        at: "input words", "columns are missing", why: "these are no words with importance",
        fix: "use the output words of explain.words")
    }
    return table.rows.compactMap { row in
      guard case .int(let group) = row[image], case .string(let text) = row[word],
        case .double(let value) = row[importance]
      else { return nil }
      var name: String?
      if case .string(let text) = row[kind] { name = text }
      return Word(group: group, text: text, kind: name, importance: value)
    }
  }

  /// Scores of a lexicon; `nil` where there is none.
  private func scores(_ context: StageContext) throws -> [String: Double]? {
    guard let file = context.files.first else { return nil }
    let data = try Data(contentsOf: file.url)
    guard data.count <= 64 << 20 else {
      throw StageFailure(
        at: file.url.path, "it exceeds 64 MiB", why: "a lexicon has a line per word",
        fix: "give word<TAB>score lines only")
    }
    var scores: [String: Double] = [:]
    for (number, line) in String(decoding: data, as: UTF8.self).split(separator: "\n").enumerated()
    {
      let parts = line.split(separator: "\t")
      guard parts.count == 2, let score = Double(parts[1].trimmingCharacters(in: .whitespaces)),
        score.isFinite
      else {
        throw StageFailure(
          at: "\(file.url.path):\(number + 1)", "\"\(line.prefix(60))\" is no word and score",
          why: "each line reads word<TAB>score", fix: "mend or remove the line")
      }
      scores[parts[0].lowercased()] = score
    }
    return scores
  }
}
