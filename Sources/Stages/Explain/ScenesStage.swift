import Compute
import Foundation
import Pipeline

/// `vision.scenes`: drawings with captions and exact masks, no download.
struct ScenesStage: Stage {
  static let kind = "vision.scenes"
  static let version = 2
  static let summary = "Draws scenes of coloured shapes, with captions and a mask of each shape."
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("images", .dataset, help: "scenes, captions, phrases and masks"),
    OutputSlot("preview", .figure, help: "the first scenes"),
  ]

  private let count: Int
  private let size: Int
  private let colours: Int
  private let shapes: Int
  private let objects: ObjectShares
  private let noise: Double
  private let layout: Scenes.Layout
  private let differ: Scenes.Difference
  private let seed: Int

  init(_ p: inout ParameterReader) {
    count = p.int("count", default: 10_000, in: 1...100_000, unit: "scenes", help: "how many")
    size = p.int("size", default: 64, in: 32...256, unit: "pixels", help: "side of a scene")
    colours = p.int("colours", default: 6, in: 2...8, help: "colours used, from red on")
    shapes = p.int("shapes", default: 5, in: 2...6, help: "shapes used, from circle on")
    objects = ObjectShares(&p, limit: 4, noun: "objects")
    noise = p.double(
      "noise", default: 0.04, in: .closed(0, 1), help: "standard deviation of pixel noise, of 1")
    layout = p.choice(
      "layout", default: .free, help: "objects anywhere, or each in a quarter that is its mask")
    differ = p.choice(
      "differ", default: .look, help: "what tells objects apart: look, or one attribute alone")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the drawings")
    let kinds =
      switch differ {
      case .look: colours * shapes
      case .colour: colours
      case .shape: shapes
      case .size: 2
      }
    if objects.most > kinds {
      p.refuse(
        ParameterProblem(
          parameter: "objects", what: "\(objects.most) objects of \(kinds) kinds",
          why: "those of one scene differ in \(differ.rawValue)",
          fix: "write at most \(kinds) probabilities"))
    }
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: Double(count) * 0.002, memoryBytes: count * size * size * 12 + (64 << 20))
  }

  func run(_ context: StageContext) throws {
    let scenes = Scenes(
      count: count, size: size, colours: colours, shapes: shapes, objects: objects, noise: noise,
      layout: layout, differ: differ, seed: UInt64(seed)
    ).made(lanes: Lanes(context.lanes))
    let colourNames = SceneWords.colours.prefix(colours).map(\.name)
    let nouns = Array(Scenes.shapes.prefix(shapes))
    let words = SceneWords.words(colours: colourNames, nouns: nouns)
    let set = CaptionedImages(
      name: "scenes", hash: SHA256.hex(of: "scenes v\(Self.version) \(self)"), scenes: scenes,
      size: size, phrases: phrases(colourNames, nouns),
      vocabulary: words.vocabulary, wordClasses: words.classes)
    try set.write(to: context.output("images"))
    try set.preview(title: "Scenes").write(to: context.output("preview"))
  }

  /// All phrases that a scene's objects may have: with sizes where these tell them apart.
  private func phrases(_ colours: [String], _ nouns: [String]) -> [String] {
    let sizes = differ == .size ? SceneWords.sizes.map { $0 + " " } : [""]
    return sizes.flatMap { s in colours.flatMap { c in nouns.map { "a \(s)\(c) \($0)" } } }
  }
}

extension CaptionedImages {
  /// Scenes as a data set.
  init(
    name: String, hash: String, scenes: [Scenes.Scene], size: Int, phrases: [String],
    vocabulary: [String], wordClasses: [String: String]
  ) {
    let masks = scenes.flatMap(\.masks)
    self.init(
      name: name, hash: hash,
      images: ByteTensor(scenes.flatMap(\.pixels), shape: [scenes.count, size, size, 3]),
      captions: scenes.map(\.caption),
      targets: scenes.enumerated().flatMap { index, scene in
        scene.phrases.map { Target(image: index, phrase: $0) }
      },
      masks: ByteTensor(masks.flatMap { $0 }, shape: [masks.count, size, size]),
      phrases: phrases, vocabulary: vocabulary, wordClasses: wordClasses)
  }
}
