import Compute
import Pipeline

/// `explain.words`: which words of captions made them match their images.
struct WordsStage: Stage {
  static let kind = "explain.words"
  static let version = 2
  static let summary = "Explains which words of captions made them match their images."
  static let inputs = [
    InputSlot("model", .model, help: "a CLIP"),
    InputSlot("images", .dataset, help: "images with captions"),
  ]
  static let outputs = [
    OutputSlot(
      "words", .table,
      columns: ResultColumns.dataset + [
        Column("image", .int, help: "number of the image"),
        Column("caption", .string, help: "its whole text"),
        Column("place", .int, help: "of the word, from 0"),
        Column("word", .string, help: "as the model reads it"),
        Column("class", .string, help: "kind of word, where the data set says"),
        Column("share", .double, unit: "fraction", help: "of the caption's sum"),
        Column(
          "importance", .double, help: "share times the number of words; 1 is an average word"),
        Column("cosine", .double, help: "of image and caption"),
      ], help: "one row per word"),
    OutputSlot(
      "faithfulness", .table,
      columns: ResultColumns.dataset + [
        Column("deleted", .string, help: "word that is left out: of the largest share, any, least"),
        Column("drop", .double, help: "by how much the cosine falls, mean"),
      ] + ResultColumns.bounds(over: "captions") + [
        Column("n", .int, help: "captions of two words or more")
      ],
      help: "one row per choice and one of caption-wise differences; the last two rows are areas "
        + "under the cosine, words left out"),
    OutputSlot("strips", .figure, help: "captions, words shaded by their share"),
  ]

  private let settings: WordExplainer.Settings
  private let limit: Int
  private let seed: Int

  init(_ p: inout ParameterReader) {
    var settings = WordExplainer.Settings()
    settings.layers = p.int(
      "layers", default: 0, in: 0...48, unit: "blocks",
      help: "explained, from the last; 0 for two thirds")
    settings.normRange = p.choice(
      "norm_range", default: .valid, help: "positions that the weight is scaled over")
    settings.heads = p.choice(
      "heads", default: .model, help: "explained blocks as they are, or with one head")
    settings.queryKey = p.choice("qk", default: .raw, help: "what the loosened weight compares")
    limit = p.int("limit", default: 200, in: 1...100_000, unit: "captions", help: "from the first")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the words left out at random")
    self.settings = settings
  }

  var estimate: Estimate { Estimate(cpuSeconds: 5, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let set = try CaptionedImages(reading: context.input("images").url).prefix(limit)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    try trained.check(set)
    let lanes = Lanes(context.lanes)
    try trained.check(layers: settings.layers, of: .text, zero: "two thirds")
    let images = trained.imageEmbeddings(set.images, lanes: lanes)
    let (ids, texts) = try trained.encoding.encoded(
      set.captions, context: trained.model.configuration.context,
      fillsContext: settings.normRange == .all)
    let found = WordExplainer(model: trained.model, ids: ids, images: images, lanes: lanes)
      .words(settings)
    let captions = zip(texts, found).map { text, found in
      ExplainedCaption(
        words: text.words.map(\.text),
        shares: text.words.map { word in
          // Positions count from the start token, shares from the first word.
          word.positions.reduce(0) { $0 + Double(found.shares[$1 - 1]) }
        },
        signed: text.words.map { word in
          word.positions.reduce(0) { $0 + Double(found.signed[$1]) }
        }, cosine: Double(found.cosine))
    }
    let empty = captions.count { $0.shares.allSatisfy { $0 == 0 } }
    if empty > 0 {
      context.log("\(empty) of \(captions.count) captions have no word that adds to the match")
    }
    try table(captions, set).write(to: context, "words")
    let test = WordDeletion(captions: captions, trained: trained, images: images, lanes: lanes)
    try faithfulness(test, set).write(to: context, "faithfulness")
    try WordStrips(captions: Array(captions.prefix(16))).image.pngData.write(
      to: context.output("strips"))
  }

  private func table(_ captions: [ExplainedCaption], _ set: CaptionedImages) -> Table {
    var table = Table(columns: Self.outputs[0].columns)
    for (image, caption) in captions.enumerated() {
      for (place, word) in caption.words.enumerated() {
        table.append(
          set.cells + [
            .int(image), .string(set.captions[image]), .int(place), .string(word),
            set.wordClasses[word].map(Value.string) ?? .null, .double(caption.shares[place]),
            .double(caption.shares[place] * Double(caption.words.count)), .double(caption.cosine),
          ])
      }
    }
    return table
  }

  private func faithfulness(
    _ test: WordDeletion, _ set: CaptionedImages
  ) throws -> Table {
    let bootstrap = GroupedBootstrap(
      groupOf: test.used, count: GroupedBootstrap.usualDraws, seed: UInt64(seed))
    var table = Table(columns: Self.outputs[1].columns)
    func append(_ name: String, _ values: [Double]) {
      let interval = bootstrap.interval(values)
      table.append(
        set.cells + [
          .string(name), .measured(interval?.mean), .measured(interval?.low),
          .measured(interval?.high), .int(values.count),
        ])
    }
    let orders = test.used.map { test.captions[$0].descending }
    let random = test.used.map { index in
      var random = RandomStream.generator(seed: UInt64(seed), purpose: "word left out", index)
      return random.permutation(test.captions[index].words.count)
    }
    let top = try test.drops(orders.map { $0[0] })
    let any = try test.drops(random.map { $0[0] })
    append("top", top)
    append("random", any)
    append("bottom", try test.drops(orders.map { $0[$0.count - 1] }))
    append("top less random", zip(top, any).map { $0 - $1 })
    append("area, by share", try test.areas(orders))
    append("area, at random", try test.areas(random))
    return table
  }
}
