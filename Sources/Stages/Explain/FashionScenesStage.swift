import Compute
import Foundation
import Pipeline

/// `vision.fashion_scenes`: collages of real garments, tinted, with exact masks.
struct FashionScenesStage: Stage {
  static let kind = "vision.fashion_scenes"
  static let version = 2
  static let summary =
    "Pastes one to three tinted garments of Fashion-MNIST, with captions and masks."
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("images", .dataset, help: "collages, captions, phrases and masks"),
    OutputSlot("preview", .figure, help: "the first collages"),
  ]

  /// Garments whose outlines differ: the others look like one of these.
  private static let kinds = [
    (label: 1, noun: "trouser"), (label: 3, noun: "dress"), (label: 2, noun: "pullover"),
    (label: 7, noun: "sneaker"), (label: 8, noun: "bag"), (label: 9, noun: "boot"),
  ]
  private static let garmentSide = 28
  private static let side = 64
  /// A pixel brighter than this belongs to the garment.
  private static let threshold: UInt8 = 30

  /// Which of the two official parts garments come from.
  enum Split: String, CaseIterable { case train, test }

  private let count: Int
  private let colours: Int
  private let garments: Int
  private let objects: ObjectShares
  private let split: Split
  private let seed: Int

  init(_ p: inout ParameterReader) {
    count = p.int("count", default: 10_000, in: 1...100_000, unit: "collages", help: "how many")
    colours = p.int("colours", default: 6, in: 2...8, help: "tints used, from red on")
    garments = p.int("garments", default: 5, in: 2...6, help: "kinds used, from trouser on")
    objects = ObjectShares(&p, limit: 3, noun: "garments")
    split = p.choice("split", default: .train, help: "official part that garments come from")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the collages")
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: 2 + Double(count) * 0.001,
      memoryBytes: count * Self.side * Self.side * 12 + (512 << 20))
  }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    if let files = ImageSource.fashion_mnist.files(in: folders) { return files }
    throw StageFailure(
      .environment, at: "stage \(Self.kind)", "Fashion-MNIST is not available",
      why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
      fix: ImageSource.fashion_mnist.remedy)
  }

  func run(_ context: StageContext) throws {
    let first = split == .train ? 0 : 2
    let set = try IDXReader.read(
      images: context.files[first].url, labels: context.files[first + 1].url, limit: 60_000)
    let used = Self.kinds.prefix(garments)
    let byKind = used.map { kind in
      set.labels.indices.filter { Int(set.labels[$0]) == kind.label }
    }
    if let missing = byKind.firstIndex(where: \.isEmpty) {
      throw StageFailure(
        at: context.files[first + 1].url.path,
        "no garment has the label \(used[missing].label) (\(used[missing].noun))",
        why: "collages are made of \(garments) kinds",
        fix: "give the whole file, or write fewer garments")
    }
    let planes = set.images.values
    let scenes = Lanes(context.lanes).mapChunks(of: count, size: 16) { _, part in
      part.map { scene($0, byKind, planes) }
    }.flatMap { $0 }
    let colourNames = SceneWords.colours.prefix(colours).map(\.name)
    let nouns = used.map(\.noun)
    let words = SceneWords.words(colours: colourNames, nouns: Array(nouns))
    let identity = ImageSource.fashion_mnist.identity(of: context.files, seed: 0)
    let collages = CaptionedImages(
      name: "\(identity.name) collages",
      hash: SHA256.hex(of: "\(identity.hash) v\(Self.version) \(self)"), scenes: scenes,
      size: Self.side,
      phrases: colourNames.flatMap { c in nouns.map { "a \(c) \($0)" } },
      vocabulary: words.vocabulary, wordClasses: words.classes)
    try collages.write(to: context.output("images"))
    try collages.preview(title: "Collages of garments").write(to: context.output("preview"))
  }

  private struct Item {
    let colour: Int
    let kind: Int
    let record: Int
    let x, y: Int
  }

  private func scene(_ index: Int, _ byKind: [[Int]], _ planes: [UInt8]) -> Scenes.Scene {
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "collage", index)
    let items = arrangement(byKind, &random)
    var pixels = (0..<Self.side * Self.side).flatMap { _ in
      let level = UInt8(20 + random.index(below: 16))
      return [level, level, level]
    }
    var masks = [[UInt8]](
      repeating: [UInt8](repeating: 0, count: Self.side * Self.side), count: items.count)
    for (number, item) in items.enumerated() {
      let tint = SceneWords.colours[item.colour].rgb
      for row in 0..<Self.garmentSide {
        for column in 0..<Self.garmentSide {
          // Records are padded from 28 to 32.
          let level = planes[item.record * 3072 + (row + 2) * 32 + column + 2]
          guard level > Self.threshold else { continue }
          let place = (item.y + row) * Self.side + item.x + column
          for c in 0..<3 { pixels[place * 3 + c] = UInt8(Double(level) * tint[c]) }
          masks[number][place] = 1
        }
      }
    }
    let things = items.map {
      SceneWords.Thing(
        colour: SceneWords.colours[$0.colour].name, noun: Self.kinds[$0.kind].noun,
        isLarge: false, x: Double($0.x), y: Double($0.y))
    }
    return Scenes.Scene(
      pixels: pixels, caption: SceneWords.caption(things, namesSizes: false) { random.unit() },
      phrases: things.map(\.phrase), masks: masks)
  }

  /// Garments of different looks in squares that do not overlap.
  private func arrangement(_ byKind: [[Int]], _ random: inout SplitMix64) -> [Item] {
    let number = objects.draw(&random)
    let room = Self.side - Self.garmentSide + 1
    while true {
      var items: [Item] = []
      for _ in 0..<number * 40 where items.count < number {
        let kind = random.index(below: byKind.count)
        let item = Item(
          colour: random.index(below: colours), kind: kind,
          record: byKind[kind][random.index(below: byKind[kind].count)],
          x: random.index(below: room), y: random.index(below: room))
        let isFree = items.allSatisfy {
          max(abs($0.x - item.x), abs($0.y - item.y)) >= Self.garmentSide
            && ($0.kind != item.kind || $0.colour != item.colour)
        }
        if isFree { items.append(item) }
      }
      if items.count == number { return items }
    }
  }
}
