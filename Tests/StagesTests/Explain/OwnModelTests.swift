import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// A CLIP given by path with pictures of a folder: what `grad_eclip_pretrained` runs.
struct OwnModelTests {
  private static let tower = CLIPConfiguration.Tower(width: 8, layers: 2, heads: 2)
  private static let configuration = CLIPConfiguration(
    vision: tower, text: tower, imageSize: 16, patchSize: 8, vocabulary: 515, context: 12,
    joint: 6)

  /// Weights in Hugging Face's layout, a tokenizer of one merge, two pictures.
  private func folder(_ bench: StageBench) throws -> DataFolders {
    let folder = bench.folder.appending(path: "data")
    let pictures = folder.appending(path: "images")
    try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
    try CLIP(Self.configuration, seed: 1).file()
      .write(to: folder.appending(path: "model.safetensors").path)
    try Data("a b\n".utf8).write(to: folder.appending(path: "merges.txt"))
    for (index, name) in ["one.png", "two.png"].enumerated() {
      let pixels = (0..<20 * 30 * 3).map { UInt8(($0 * 7 + index * 50) % 251) }
      try PNGImage(width: 20, height: 30, pixels: pixels).pngData
        .write(to: pictures.appending(path: name))
    }
    return DataFolders([folder])
  }

  private func model(
    _ bench: StageBench, _ data: DataFolders, longTexts: String
  ) throws -> [StageBench.Output] {
    try bench.run(
      "clip.load",
      [
        "path": .string("model.safetensors"), "tokenizer": .string("merges.txt"),
        "long_texts": .string(longTexts),
      ], files: data
    ).one("model")
  }

  private func pictures(
    _ bench: StageBench, _ data: DataFolders, _ caption: String, size: Int = 16
  ) throws -> [StageBench.Output] {
    try bench.run(
      "vision.folder",
      [
        "size": .int(size),
        "captions": .map(["one.png": .string(caption), "two.png": .string("ab b")]),
      ], files: data
    ).one("images")
  }

  @Test func explainsPicturesAndWords() throws {
    let bench = try StageBench()
    let data = try folder(bench)
    let (model, images) = (
      try model(bench, data, longTexts: "refuse"), try pictures(bench, data, "a b cab")
    )
    let maps = try bench.run("explain.heatmap", inputs: ["model": model, "images": images])
    #expect(try #require(maps["scores"]).table.column("n") == [.int(2)])
    let words = try #require(
      bench.run("explain.words", inputs: ["model": model, "images": images])["words"]
    ).table
    #expect(words.column("word") == ["a", "b", "cab", "ab", "b"].map(Value.string))
    let sheet = try bench.run(
      "explain.figure",
      inputs: ["images": images, "maps": maps.one("maps").map { $0.labelled(["method": "x"]) }])
    #expect(try PNGImage(pngData: #require(sheet["sheet"]).data).width > 2 * 192)
  }

  /// 16 letters are as many tokens; the context of 12 holds ten of them.
  @Test func cutsLongTextsWhereAsked() throws {
    let bench = try StageBench()
    let data = try folder(bench)
    let images = try pictures(bench, data, "cdefgh ijklmnop qr")
    let words = try #require(
      bench.run(
        "explain.words",
        inputs: ["model": model(bench, data, longTexts: "cut"), "images": images])["words"]
    ).table
    // The third word lies outside; what is left of the second has its share.
    #expect(words.column("word") == ["cdefgh", "ijklmnop", "ab", "b"].map(Value.string))
    let shares = words.column("share").prefix(2).compactMap(\.number)
    #expect(abs(shares.reduce(0, +) - 1) < 1e-6, "\(shares)")
    #expect(
      throws: StageFailure(
        at: "text \"cdefgh ijklmnop qr\"",
        "18 tokens with start and end, the context holds 12",
        why: "the text tower has a position for each token",
        fix: "write a shorter text, or long_texts: cut where the model is loaded")
    ) {
      try bench.run(
        "explain.words",
        inputs: ["model": model(bench, data, longTexts: "refuse"), "images": images])
    }
  }

  /// 29 pixels are nearest to 32, the model's own size is 16; masks and maps cover all of them.
  @Test(arguments: [("native", 2), ("keep", 4)])
  func explainsAtTheModelsSizeOrItsOwn(resolution: String, places: Int) throws {
    let bench = try StageBench()
    let data = try folder(bench)
    let (model, images) = (
      try model(bench, data, longTexts: "refuse"),
      try pictures(bench, data, "a b", size: 29)
    )
    let maps = try bench.run(
      "explain.heatmap", ["resolution": .string(resolution)],
      inputs: ["model": model, "images": images])
    let file = try SafeTensorsFile(reading: #require(maps["maps"]).url.path)
    #expect(try file.floats("maps").shape == [2, places, places])
  }

  @Test func keepsPicturesThatAreNoSquares() throws {
    let bench = try StageBench()
    let model = try model(bench, folder(bench), longTexts: "refuse")
    let pixels = (0..<20 * 30 * 3).map { UInt8($0 * 7 % 251) }
    let set = CaptionedImages(
      name: "wide", hash: "", images: ByteTensor(pixels, shape: [1, 20, 30, 3]),
      captions: ["a b"], targets: [.init(image: 0, phrase: "a b")],
      masks: ByteTensor([UInt8](), shape: [0, 20, 30]), phrases: ["a b"], vocabulary: [],
      wordClasses: [:])
    let url = bench.folder.appending(path: "wide")
    try set.write(to: url)
    let images = [StageBench.Output(url: url, labels: [])]
    let maps = try bench.run(
      "explain.heatmap", ["resolution": .string("keep")],
      inputs: ["model": model, "images": images])
    let file = try SafeTensorsFile(reading: #require(maps["maps"]).url.path)
    // int(20 / 8 + 0.5) rows and int(30 / 8 + 0.5) columns of patches.
    #expect(try file.floats("maps").shape == [1, 3, 4])
    #expect(
      throws: StageFailure(
        at: "input images", "images of 30 x 20 pixels",
        why: "the model was trained on squares, and a map must cover the whole image",
        fix: "write resolution: keep")
    ) {
      try bench.run("explain.heatmap", inputs: ["model": model, "images": images])
    }
  }
}
