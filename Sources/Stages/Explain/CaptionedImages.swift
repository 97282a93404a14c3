import Compute
import Foundation
import Pipeline

/// Images with captions, and phrases for parts of them with masks where these are known; the form
/// of the `dataset` artifacts of this family.
package struct CaptionedImages: Sendable {
  /// What a text may ask for: a thing in an image, under a phrase.
  package struct Target: Sendable, Codable, Equatable {
    package let image: Int
    package let phrase: String

    package init(image: Int, phrase: String) {
      self.image = image
      self.phrase = phrase
    }
  }

  /// All that is text.
  private struct Content: Codable {
    let captions: [String]
    let targets: [Target]
    let phrases: [String]
    let vocabulary: [String]
    let wordClasses: [String: String]
  }

  package let name: String
  package let hash: String
  /// `[N, H, W, 3]`.
  package let images: ByteTensor
  /// One an image.
  package let captions: [String]
  package let targets: [Target]
  /// `[targets, H, W]`, 1 inside; no masks where they are not known.
  package let masks: ByteTensor
  /// Every phrase that a target may have: the classes of zero-shot tests.
  package let phrases: [String]
  /// Place of each target's phrase among ``phrases``.
  package let phraseIndices: [Int]
  /// All words that captions are made of; empty for free text.
  package let vocabulary: [String]
  /// Kinds of words: colour, shape, size, relation, function.
  package let wordClasses: [String: String]

  /// - Precondition: each image has a caption, each target an image and one of the phrases.
  package init(
    name: String, hash: String, images: ByteTensor, captions: [String], targets: [Target],
    masks: ByteTensor, phrases: [String], vocabulary: [String], wordClasses: [String: String]
  ) {
    precondition(
      images.shape.rank == 4 && images.shape[0] == captions.count
        && targets.allSatisfy { $0.image < captions.count },
      "captioned images: \(images.shape) with \(captions.count) captions")
    self.name = name
    self.hash = hash
    self.images = images
    self.captions = captions
    self.targets = targets
    self.masks = masks
    self.phrases = phrases
    let places = Self.places(of: phrases)
    phraseIndices = targets.map { target in
      guard let place = places[target.phrase] else {
        preconditionFailure("captioned images: \"\(target.phrase)\" is not among the phrases")
      }
      return place
    }
    self.vocabulary = vocabulary
    self.wordClasses = wordClasses
  }

  private static func places(of phrases: [String]) -> [String: Int] {
    Dictionary(phrases.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  package var count: Int { captions.count }
  package var height: Int { images.shape[1] }
  package var width: Int { images.shape[2] }

  /// Values of ``ResultColumns/dataset``.
  var cells: [Value] { ResultColumns.dataset(name, hash: hash) }

  /// The mask of a target.
  package func mask(_ target: Int) -> [Bool] {
    masks.rows(target..<target + 1).values.map { $0 != 0 }
  }

  /// Targets of each image.
  package var targetsByImage: [[Int]] {
    var lists = [[Int]](repeating: [], count: count)
    for (index, target) in targets.enumerated() { lists[target.image].append(index) }
    return lists
  }

  package func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = ["form": "captioned images", "dataset": name, "hash": hash]
    writer.set("images", images)
    writer.set("masks", masks)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode(
      Content(
        captions: captions, targets: targets, phrases: phrases, vocabulary: vocabulary,
        wordClasses: wordClasses))
    writer.set("content", ByteTensor(text, shape: [text.count]))
    try writer.write(to: url.path)
  }

  /// Reads what ``write(to:)`` wrote.
  ///
  /// - Throws: ``StageFailure`` for another kind of data set, or parts that do not fit each other.
  package init(reading url: URL) throws {
    let file = try SafeTensorsFile(reading: url.path)
    func refuse(_ what: String) -> StageFailure {
      StageFailure(
        at: url.path, what, why: "this input holds images with captions",
        fix: "use the output of vision.scenes, vision.fashion_scenes or vision.folder")
    }
    guard let name = file.metadata["dataset"], let hash = file.metadata["hash"],
      file.entries["content"] != nil
    else { throw refuse("there are no captions in it") }
    let (images, masks) = (try file.bytes("images"), try file.bytes("masks"))
    let content = try JSONDecoder().decode(
      Content.self, from: Data(try file.bytes("content").values))
    guard images.shape.rank == 4, images.shape[3] == 3, images.shape[0] == content.captions.count
    else {
      throw refuse("images of shape \(images.shape) with \(content.captions.count) captions")
    }
    guard masks.shape.rank == 3, [0, content.targets.count].contains(masks.shape[0]),
      masks.shape[0] == 0
        || (masks.shape[1] == images.shape[1] && masks.shape[2] == images.shape[2])
    else {
      throw refuse(
        "masks of shape \(masks.shape) for \(content.targets.count) targets in images of shape "
          + "\(images.shape)")
    }
    guard content.targets.allSatisfy({ (0..<content.captions.count).contains($0.image) }) else {
      throw refuse("a target lies outside of its \(content.captions.count) images")
    }
    let places = Self.places(of: content.phrases)
    if let stray = content.targets.first(where: { places[$0.phrase] == nil }) {
      throw refuse("the phrase \"\(stray.phrase)\" of a target is not in its list of phrases")
    }
    self.init(
      name: name, hash: hash, images: images, captions: content.captions,
      targets: content.targets, masks: masks, phrases: content.phrases,
      vocabulary: content.vocabulary, wordClasses: content.wordClasses)
  }

  /// - Throws: ``StageFailure`` for targets without masks, and for none.
  func requireMasks(input slot: String, why: String) throws {
    guard masks.shape[0] == targets.count, !targets.isEmpty else {
      throw StageFailure(
        at: "input \(slot)", "there are no masks", why: why,
        fix: "use vision.scenes or vision.fashion_scenes")
    }
  }

  /// The first images with their targets, all when there are fewer.
  package func prefix(_ limit: Int) -> CaptionedImages {
    guard limit < count else { return self }
    let kept = targets.indices.filter { targets[$0].image < limit }
    return CaptionedImages(
      name: name, hash: hash, images: images.rows(0..<limit),
      captions: Array(captions.prefix(limit)), targets: kept.map { targets[$0] },
      masks: masks.shape[0] == 0 ? masks : masks.gathered(rows: kept), phrases: phrases,
      vocabulary: vocabulary, wordClasses: wordClasses)
  }

  /// A text as figures show it, at most 40 characters.
  static func label(_ text: String) -> String {
    text.count > 40 ? text.prefix(37) + "..." : text
  }

  /// Pixels of the longest label.
  static let labelWidth = 40 * 12

  /// One image as a picture.
  func picture(_ index: Int) -> PNGImage {
    PNGImage(width: width, height: height, pixels: images.rows(index..<index + 1).values)
  }
}
