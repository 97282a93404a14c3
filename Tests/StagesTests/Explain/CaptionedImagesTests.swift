import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// Files of captioned images whose parts do not fit each other, and what needs more of them.
struct CaptionedImagesTests {
  private let bench: StageBench
  private let written: StageBench.Output

  init() throws {
    bench = try StageBench()
    written = StageBench.Output(url: bench.folder.appending(path: "images"), labels: [])
    try CaptionedImages(
      name: "two", hash: "0",
      images: ByteTensor([UInt8](repeating: 7, count: 2 * 16 * 16 * 3), shape: [2, 16, 16, 3]),
      captions: ["a cat", "a dog"], targets: [.init(image: 1, phrase: "a dog")],
      masks: ByteTensor([UInt8](repeating: 0, count: 256), shape: [1, 16, 16]),
      phrases: ["a dog", "a cat"], vocabulary: [], wordClasses: [:]
    ).write(to: written.url)
  }

  /// The file with its text or its masks replaced.
  private func changed(
    text change: (String) -> String = { $0 }, masks: ByteTensor? = nil
  ) throws -> StageBench.Output {
    let file = try SafeTensorsFile(reading: written.url.path)
    let text = Array(change(String(decoding: try file.bytes("content").values, as: UTF8.self)).utf8)
    var writer = SafeTensorsWriter()
    writer.metadata = file.metadata
    writer.set("images", try file.bytes("images"))
    writer.set("masks", try masks ?? file.bytes("masks"))
    writer.set("content", ByteTensor(text, shape: [text.count]))
    let url = bench.folder.appending(path: UUID().uuidString)
    try writer.write(to: url.path)
    return StageBench.Output(url: url, labels: [])
  }

  private func expectRefusal(_ what: String, of output: StageBench.Output) {
    #expect(
      throws: StageFailure(
        at: output.url.path, what, why: "this input holds images with captions",
        fix: "use the output of vision.scenes, vision.fashion_scenes or vision.folder")
    ) {
      try CaptionedImages(reading: output.url)
    }
  }

  @Test func readsWhatItWrote() throws {
    let set = try CaptionedImages(reading: written.url)
    #expect(set.phraseIndices == [0] && set.captions == ["a cat", "a dog"])
  }

  @Test func refusesPartsThatDoNotFit() throws {
    expectRefusal(
      "the phrase \"a dog\" of a target is not in its list of phrases",
      of: try changed { $0.replacing("[\"a dog\",\"a cat\"]", with: "[\"a cat\"]") })
    expectRefusal(
      "masks of shape [1, 8, 8] for 1 targets in images of shape [2, 16, 16, 3]",
      of: try changed(masks: ByteTensor([UInt8](repeating: 1, count: 64), shape: [1, 8, 8])))
    expectRefusal(
      "a target lies outside of its 2 images",
      of: try changed { $0.replacing("\"image\":1", with: "\"image\":2") })
    expectRefusal(
      "images of shape [2, 16, 16, 3] with 1 captions",
      of: try changed { $0.replacing("[\"a cat\",\"a dog\"]", with: "[\"a cat\"]") })
  }

  @Test func refusesAnEmptyMask() throws {
    #expect(
      throws: StageFailure(
        at: "input images", "the mask of target 0 is empty",
        why: "a target without pixels cannot be found", fix: "leave that target out")
    ) {
      try bench.run("explain.localisation", inputs: ["images": [written], "maps": []])
    }
  }

  /// A data set without phrases has nothing to follow; that is not a matter of steps.
  @Test func refusesToFollowNothing() throws {
    let tower = CLIPConfiguration.Tower(width: 8, layers: 1, heads: 2)
    let configuration = CLIPConfiguration(
      vision: tower, text: tower, imageSize: 16, patchSize: 8, vocabulary: 514, context: 8,
      joint: 4)
    var file = CLIP(configuration, seed: 1).file(metadata: ["form": "clip"])
    file.set("tokenizer.merges", ByteTensor([UInt8](), shape: [0]))
    let model = bench.folder.appending(path: "model")
    try file.write(to: model.path)
    let empty = try changed(
      text: { text in
        text.replacing("[\"a dog\",\"a cat\"]", with: "[]")
          .replacing("[{\"image\":1,\"phrase\":\"a dog\"}]", with: "[]")
      }, masks: ByteTensor([UInt8](), shape: [0, 16, 16]))
    #expect(
      throws: StageFailure(
        at: "input images", "there are no targets", why: "the match with a phrase is followed",
        fix: "give images with phrases, as vision.scenes draws them")
    ) {
      try bench.run(
        "explain.faithfulness",
        inputs: [
          "model": [StageBench.Output(url: model, labels: [])], "images": [empty], "maps": [],
        ])
    }
  }
}
