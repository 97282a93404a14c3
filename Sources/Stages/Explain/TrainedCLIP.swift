import Compute
import Foundation
import Pipeline

/// A CLIP and its tokenizer; the form of `model` artifacts of this family, which Hugging Face's
/// library reads, too.
struct TrainedCLIP {
  let model: CLIP
  var encoding: TextEncoding
  private let tokenizer: Tokenizer

  /// What the encoding is made of, as the file keeps it.
  enum Tokenizer {
    case words([String])
    case merges(String)
  }

  init(model: CLIP, tokenizer: Tokenizer) throws {
    self.model = model
    self.tokenizer = tokenizer
    switch tokenizer {
    case .words(let words): encoding = TextEncoding(words: words)
    case .merges(let text): encoding = TextEncoding(merges: try CLIPTokenizer(merges: text))
    }
    let known = model.configuration.vocabulary
    guard encoding.vocabulary == known else {
      throw StageFailure(
        at: "tokenizer", "it has \(encoding.vocabulary) ids, the text tower \(known)",
        why: "each id needs its row of the token table",
        fix: "give the tokenizer that the model was trained with")
    }
  }

  private static let wordsKey = "words"
  private static let cutKey = "long_texts"
  private static let mergesName = "tokenizer.merges"

  func write(to url: URL) throws {
    var file = model.file(metadata: ["form": "clip"])
    if encoding.cutsLongTexts { file.metadata[Self.cutKey] = "cut" }
    switch tokenizer {
    case .words(let words):
      file.metadata[Self.wordsKey] = words.joined(separator: "\n")
    case .merges(let text):
      file.set(Self.mergesName, ByteTensor(Array(text.utf8), shape: [text.utf8.count]))
    }
    try file.write(to: url.path)
  }

  /// Reads what ``write(to:)`` wrote.
  init(reading url: URL) throws {
    let file = try SafeTensorsFile(reading: url.path)
    guard file.metadata["form"] == "clip" else {
      throw StageFailure(
        at: url.path, "this is no CLIP", why: "the method needs a class-token ViT and a text tower",
        fix: "use the output of clip.train or clip.load as this input")
    }
    let tokenizer: Tokenizer
    if let words = file.metadata[Self.wordsKey] {
      tokenizer = .words(words.split(separator: "\n").map(String.init))
    } else {
      tokenizer = .merges(String(decoding: try file.bytes(Self.mergesName).values, as: UTF8.self))
    }
    try self.init(model: CLIP(reading: url.path), tokenizer: tokenizer)
    encoding.cutsLongTexts = file.metadata[Self.cutKey] == "cut"
  }

  /// Texts in the joint space, rows of length 1, some at a time.
  func textEmbeddings(_ texts: [String], lanes: Lanes) throws -> Tensor {
    let joint = model.configuration.joint
    var parts: [Tensor] = []
    for start in stride(from: 0, to: texts.count, by: 256) {
      let some = Array(texts[start..<min(texts.count, start + 256)])
      let ids = try encoding.encoded(some, context: model.configuration.context).ids
      let tape = Tape(lanes: lanes, isRecording: false)
      parts.append(
        tape.unitRows(model.embeddings(ids: ids, texts: some.count, on: tape)).value)
    }
    return Tensor(concatenatingRows: parts, rowShape: [joint])
  }

  /// Images in the joint space, rows of length 1, some at a time.
  func imageEmbeddings(_ images: ByteTensor, lanes: Lanes) -> Tensor {
    var parts: [Tensor] = []
    let batch = max(1, min(128, (1 << 24) / max(1, images.rowCount)))
    for start in stride(from: 0, to: images.shape[0], by: batch) {
      let some = images.rows(start..<min(images.shape[0], start + batch))
      let tape = Tape(lanes: lanes, isRecording: false)
      parts.append(
        tape.unitRows(
          model.embeddings(images: .constant(CLIPPixels.normalised(some)), on: tape)
        ).value)
    }
    return Tensor(concatenatingRows: parts, rowShape: [model.configuration.joint])
  }

  /// Refuses images that do not fit the squares of the model.
  func check(_ set: CaptionedImages) throws {
    let size = model.configuration.patchSize
    guard set.height % size == 0, set.width % size == 0 else {
      throw StageFailure(
        at: "input images", "images of \(set.width) x \(set.height) pixels",
        why: "the model cuts them into squares of \(size)",
        fix: "resize them to multiples of \(size)")
    }
  }
}
