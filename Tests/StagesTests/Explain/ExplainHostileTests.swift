import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// Inputs that are sound by their own form, and that the stages cannot take.
struct ExplainHostileTests {
  private static let tower = CLIPConfiguration.Tower(width: 8, layers: 2, heads: 2)

  /// A model with CLIP's own tokenizer, whose merges are one.
  private func model(_ bench: StageBench) throws -> [StageBench.Output] {
    let configuration = CLIPConfiguration(
      vision: Self.tower, text: Self.tower, imageSize: 16, patchSize: 8, vocabulary: 515,
      context: 40, joint: 6)
    var file = CLIP(configuration, seed: 1).file(metadata: ["form": "clip"])
    let merges = Array("a b\n".utf8)
    file.set("tokenizer.merges", ByteTensor(merges, shape: [merges.count]))
    let url = bench.folder.appending(path: "model")
    try file.write(to: url.path)
    return [StageBench.Output(url: url, labels: [])]
  }

  private func images(
    _ bench: StageBench, _ captions: [String], side: Int = 16
  ) throws -> [StageBench.Output] {
    let pixels = (0..<captions.count * side * side * 3).map { UInt8($0 * 7 % 251) }
    let set = CaptionedImages(
      name: "other", hash: "", images: ByteTensor(pixels, shape: [captions.count, side, side, 3]),
      captions: captions, targets: captions.enumerated().map { .init(image: $0, phrase: $1) },
      masks: ByteTensor([UInt8](), shape: [0, side, side]), phrases: Array(Set(captions)).sorted(),
      vocabulary: [], wordClasses: [:])
    let url = bench.folder.appending(path: "images-\(UUID().uuidString)")
    try set.write(to: url)
    return [StageBench.Output(url: url, labels: [])]
  }

  /// The text would end in front of words that still want their shares.
  @Test(arguments: ["<|endoftext|>", "&lt;|endoftext|&gt;", "<|startoftext|>"])
  func refusesMarksInCaptions(mark: String) throws {
    let bench = try StageBench()
    let written = mark.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
    #expect(
      throws: StageFailure(
        at: "text \"a cat \(mark) dog\"", "it holds the mark \(written)",
        why: "the model reads a text up to its first end", fix: "leave the mark out")
    ) {
      try bench.run(
        "explain.words",
        inputs: ["model": model(bench), "images": images(bench, ["a cat \(mark) dog"])])
    }
  }

  /// The official range is the whole context: the neighbours of a caption change nothing.
  @Test(arguments: ["all", "valid"]) func wordsDoNotDependOnOtherCaptions(range: String) throws {
    let bench = try StageBench()
    let model = try model(bench)
    let values = try [["a b cat", "dog"], ["a b cat", "a much longer caption"]].map { captions in
      let words = try bench.run(
        "explain.words", ["norm_range": .string(range)],
        inputs: ["model": model, "images": images(bench, captions)])
      return try #require(words["words"]).table.column("share").prefix(3).map { value -> Double in
        if case .double(let share) = value { share } else { .nan }
      }
    }
    #expect(values[0].count == 3)
    #expect(zip(values[0], values[1]).allSatisfy { abs($0 - $1) < 1e-5 }, "\(values)")
  }

  @Test func refusesAPictureOfOneRow() throws {
    let bench = try StageBench()
    let picture = bench.folder.appending(path: "line.png")
    try PNGImage(width: 340, height: 20, pixels: [UInt8](repeating: 9, count: 340 * 20 * 3))
      .pngData.write(to: picture)
    let parameters: [String: Value] = [
      "path": .string("."), "captions": .map(["line.png": .string("a line")]), "size": .int(16),
    ]
    let folders = DataFolders([bench.folder])
    #expect {
      try bench.run("vision.folder", parameters, files: folders)
    } throws: { error in
      guard let failure = error as? StageFailure else { return false }
      return failure.what == "340 x 20 pixels"
        && failure.fix == "cut the picture, or write fit: squash"
    }
    let squashed = try bench.run(
      "vision.folder", parameters.merging(["fit": .string("squash")]) { $1 }, files: folders)
    #expect(try CaptionedImages(reading: #require(squashed["images"]).url).width == 16)
  }

  /// Pictures that end early, or that are none.
  @Test(arguments: [
    ("cut.png", "the file ends early"), ("cut.jpg", "Premature end of JPEG file"),
    ("text.png", "the file does not begin like a PNG file"),
  ])
  func refusesDamagedPictures(name: String, what: String) throws {
    let bench = try StageBench()
    let sound = PNGImage(width: 20, height: 20, pixels: [UInt8](repeating: 9, count: 1200)).pngData
    let photograph = try Data(
      contentsOf: ExplainFixture.folder.deletingLastPathComponent()
        .appending(path: "jpeg/colour.jpg"))
    let files = [
      "cut.png": sound.prefix(40), "cut.jpg": photograph.prefix(photograph.count - 60),
      "text.png": Data("no picture".utf8),
    ]
    let file = bench.folder.appending(path: name)
    try #require(files[name]).write(to: file)
    #expect(
      throws: StageFailure(
        at: bench.folder.path + "/./" + name, what,
        why: "read are 8-bit PNG and JPEG pictures without damage",
        fix: "get the picture again, or convert it")
    ) {
      try bench.run(
        "vision.folder",
        [
          "path": .string("."), "captions": .map([name: .string("a")]), "size": .int(16),
        ], files: DataFolders([bench.folder]))
    }
  }

  /// A caption of any length leaves a preview of the usual width.
  @Test func longCaptionsLeaveTheSheetNarrow() throws {
    let bench = try StageBench()
    try PNGImage(width: 20, height: 20, pixels: [UInt8](repeating: 9, count: 1200)).pngData
      .write(to: bench.folder.appending(path: "x.png"))
    let caption = String(repeating: "long ", count: 4000)
    let made = try bench.run(
      "vision.folder",
      ["path": .string("."), "captions": .map(["x.png": .string(caption)]), "size": .int(16)],
      files: DataFolders([bench.folder]))
    #expect(try PNGImage(pngData: #require(made["preview"]).data).width < 600)
  }

  @Test func refusesDeletionsThatFillTheMemory() throws {
    let bench = try StageBench()
    let (model, images) = (try model(bench), try images(bench, ["a", "b"], side: 256))
    let maps = try bench.run(
      "explain.heatmap", ["method": .string("center")], inputs: ["model": model, "images": images]
    ).one("maps")
    #expect(
      throws: StageFailure(
        at: "parameter every", "10001 pictures of 256 x 256 pixels for each target",
        why: "they are held at once, in 256 MiB", fix: "write a larger every, or fewer steps")
    ) {
      try bench.run(
        "explain.faithfulness", ["steps": .int(10_000), "every": .int(1)],
        inputs: ["model": model, "images": images, "maps": maps])
    }
  }

  /// Maps do not depend on how many targets are explained at once.
  @Test(arguments: ["rollout", "game", "grad_eclip"])
  func batchesChangeNothing(method: String) throws {
    let bench = try StageBench()
    let (model, images) = (try model(bench), try images(bench, ["a", "b", "c"]))
    let values = try [1, 32].map { batch in
      let maps = try bench.run(
        "explain.heatmap", ["method": .string(method), "batch": .int(batch)],
        inputs: ["model": model, "images": images])
      return try SafeTensorsFile(reading: #require(maps["maps"]).url.path).floats("maps")
    }
    #expect(values[0].shape == [3, 2, 2])
    #expect(zip(values[0].values, values[1].values).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// A user's copy of Fashion-MNIST without one of the labels.
  @Test func refusesGarmentsThatAreNotThere() throws {
    let bench = try StageBench()
    let folder = bench.folder.appending(path: "fashion-mnist")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let labels: [UInt8] = [1, 3, 2, 7, 9]
    let pixels = [UInt8](repeating: 200, count: labels.count * 784)
    for name in ["train", "t10k"] {
      let count = UInt8(labels.count)
      try IDXReaderTests.gzip([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28] + pixels)
        .write(to: folder.appending(path: "\(name)-images-idx3-ubyte.gz"))
      try IDXReaderTests.gzip([0, 0, 8, 1, 0, 0, 0, count] + labels)
        .write(to: folder.appending(path: "\(name)-labels-idx1-ubyte.gz"))
    }
    let folders = DataFolders([bench.folder])
    #expect {
      try bench.run("vision.fashion_scenes", ["count": .int(2)], files: folders)
    } throws: { error in
      (error as? StageFailure)?.what == "no garment has the label 8 (bag)"
    }
    let made = try bench.run(
      "vision.fashion_scenes", ["count": .int(2), "garments": .int(4)], files: folders)
    let set = try CaptionedImages(reading: #require(made["images"]).url)
    let again = try bench.run(
      "vision.fashion_scenes", ["count": .int(2), "garments": .int(4), "seed": .int(1)],
      files: folders)
    // Other collages of the same files are another data set.
    #expect(try CaptionedImages(reading: #require(again["images"]).url).hash != set.hash)
  }
}
