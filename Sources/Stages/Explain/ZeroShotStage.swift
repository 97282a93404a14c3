import Compute
import Pipeline

/// `clip.zeroshot`: how often the phrase of an image's only target is the nearest of all phrases.
struct ZeroShotStage: Stage {
  static let kind = "clip.zeroshot"
  static let version = 1
  static let summary = "Classifies images of one target by the phrases of a data set, untrained."
  static let inputs = [
    InputSlot("model", .model, help: "a CLIP"),
    InputSlot("images", .dataset, help: "images; those with one target count"),
  ]
  static let outputs = [
    OutputSlot(
      "accuracy", .table,
      columns: ResultColumns.dataset + [
        Column("k", .int, help: "how many of the nearest phrases count"),
        ResultColumns.share("accuracy", of: "n", .higher, help: "target among them"),
        Column("chance", .double, unit: "fraction", help: "k over the number of phrases"),
        Column("n", .int, help: "images with one target"),
      ], help: "one row per k")
  ]

  private let templates: [String]
  private let topk: [Int]

  init(_ p: inout ParameterReader) {
    templates = p.strings(
      "templates", default: ["{}"], help: "texts of a phrase, {} standing for it; averaged")
    topk = p.ints("topk", default: [1, 5, 10], in: 1...1000, help: "nearest phrases that count")
    if templates.isEmpty || !templates.allSatisfy({ $0.contains("{}") }) {
      p.refuse(
        ParameterProblem(
          parameter: "templates", what: "\(templates)", why: "each text must hold the phrase",
          fix: "write templates: [\"{}\"]"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 5, memoryBytes: 512 << 20) }

  func run(_ context: StageContext) throws {
    let set = try CaptionedImages(reading: context.input("images").url)
    let trained = try TrainedCLIP(reading: context.input("model").url)
    try trained.check(set)
    let single = set.targetsByImage.compactMap { $0.count == 1 ? $0[0] : nil }
    guard !single.isEmpty, !set.phrases.isEmpty else {
      throw StageFailure(
        at: "input images", "no image has one target", why: "a class is the phrase of that target",
        fix: "use vision.scenes with objects: [1]")
    }
    let lanes = Lanes(context.lanes)
    let classes = try trained.classEmbeddings(set.phrases, templates: templates, lanes: lanes)
    let embeddings = trained.imageEmbeddings(
      set.images.gathered(rows: single.map { set.targets[$0].image }), lanes: lanes)
    let scores = embeddings.matrixProduct(classes, transposed: .right, lanes: lanes)
    let ranks = single.enumerated().map { row, target in
      rank(of: set.phraseIndices[target], in: scores.rows(row..<row + 1).values)
    }
    var table = Table(columns: Self.outputs[0].columns)
    for k in topk {
      table.append(
        set.cells + [
          .int(k), .double(Double(ranks.count { $0 < k }) / Double(ranks.count)),
          .double(min(1, Double(k) / Double(set.phrases.count))), .int(ranks.count),
        ])
    }
    try table.write(to: context, "accuracy")
  }
}
