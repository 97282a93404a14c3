import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The stages of this family one behind another, on scenes and a model too small to be right.
struct ExplainStagesTests {
  static let small: [String: Value] = [
    "patch": .int(8), "vision_width": .int(16), "vision_layers": .int(2), "vision_heads": .int(2),
    "text_width": .int(16), "text_layers": .int(2), "text_heads": .int(2), "joint": .int(12),
    "epochs": .int(1), "batch": .int(16), "warmup": .int(2),
  ]

  private func scenes(
    _ bench: StageBench, count: Int, objects: [Double], seed: Int
  ) throws -> [StageBench.Output] {
    try bench.run(
      "vision.scenes",
      [
        "count": .int(count), "size": .int(32), "colours": .int(3), "shapes": .int(2),
        "objects": .list(objects.map(Value.double)), "seed": .int(seed),
      ]
    ).one("images")
  }

  @Test func scenesHaveMasksAndCaptions() throws {
    let bench = try StageBench()
    let file = try #require(scenes(bench, count: 40, objects: [0.4, 0.3, 0.3], seed: 1).first)
    let set = try CaptionedImages(reading: file.url)
    #expect(set.count == 40 && set.phrases.count == 6)
    for (target, entry) in set.targets.enumerated() {
      #expect(set.mask(target).contains(true))
      let words = entry.phrase.split(separator: " ")
      let caption = set.captions[entry.image]
      #expect(words.allSatisfy { caption.contains($0) }, "\(entry.phrase) in \(caption)")
    }
    for targets in set.targetsByImage {
      #expect(Set(targets.map { set.targets[$0].phrase }).count == targets.count)
    }
    let words = Set(set.captions.flatMap { $0.split(separator: " ").map(String.init) })
    #expect(words.isSubset(of: Set(set.vocabulary)))
    let again = try #require(scenes(bench, count: 40, objects: [0.4, 0.3, 0.3], seed: 1).first)
    #expect(try again.hash == file.hash)
    let other = try #require(scenes(bench, count: 40, objects: [0.4, 0.3, 0.3], seed: 2).first)
    #expect(try other.hash != file.hash)
  }

  @Test func wholeChain() throws {
    let bench = try StageBench()
    let train = try scenes(bench, count: 48, objects: [0.5, 0.5], seed: 1)
    let single = try scenes(bench, count: 6, objects: [1], seed: 2)
    let pairs = try scenes(bench, count: 4, objects: [0, 1], seed: 3)
    let model = try bench.run("clip.train", Self.small, inputs: ["images": train]).one("model")

    let accuracy = try #require(
      bench.run("clip.zeroshot", inputs: ["model": model, "images": single])["accuracy"]
    ).table
    #expect(accuracy.column("n") == [.int(6), .int(6), .int(6)])
    #expect(accuracy.column("accuracy").last == .double(1))

    func maps(_ images: [StageBench.Output]) throws -> [StageBench.Output] {
      try ["random", "attention", "grad_eclip"].flatMap { method in
        try bench.run(
          "explain.heatmap", ["method": .string(method)],
          inputs: ["model": model, "images": images]
        ).one("maps").map { $0.labelled(["method": method]) }
      }
    }
    let (singleMaps, pairMaps) = (try maps(single), try maps(pairs))
    let found = try bench.run(
      "explain.localisation",
      ["bootstrap": .int(200), "references": .list([.string("grad_eclip")])],
      inputs: ["images": pairs, "maps": pairMaps])
    let scores = try #require(found["scores"]).table
    #expect(
      scores.column("method") == [.string("random"), .string("attention"), .string("grad_eclip")])
    #expect(scores.column("n") == [.int(8), .int(8), .int(8)])
    // A map that no text changes is larger in one of two masks: exactly one of them is found.
    #expect(scores.column("which")[1] == .double(0.5))
    #expect(try #require(found["paired"]).table.rows.count == 2 * 11)

    let single1 = try bench.run(
      "explain.faithfulness",
      ["bootstrap": .int(200), "references": .list([.string("grad_eclip")])],
      inputs: ["model": model, "images": single, "maps": singleMaps])
    let areas = try #require(single1["areas"]).table
    let paired = try #require(single1["paired"]).table
    // Six phrases: the nearest five are fewer, ten are not.
    #expect(paired.rows.count == 2 * 8)
    let measures = areas.column("measure")
    #expect(measures.contains(.string("deletion_top5")))
    #expect(!measures.contains(.string("deletion_top10")))
    #expect(
      throws: StageFailure(
        at: "parameter topk", "the nearest 6 of 6 phrases",
        why: "every phrase would always be among them, and selectivity 0",
        fix: "write at most 5")
    ) {
      try bench.run(
        "explain.faithfulness", ["topk": .int(6)],
        inputs: ["model": model, "images": pairs, "maps": pairMaps])
    }
    func number(_ value: Value?) -> Double { if case .double(let x)? = value { x } else { .nan } }
    // The mean of differences is the difference of means, signed as the help says.
    for (row, method) in paired.column("method").enumerated() {
      let measure = paired.column("measure")[row]
      func area(_ name: Value) -> Double {
        let index = areas.rows.indices.first {
          areas.column("method")[$0] == name && areas.column("measure")[$0] == measure
        }
        return number(index.map { areas.column("area")[$0] })
      }
      let expected = area(.string("grad_eclip")) - area(method)
      #expect(abs(number(paired.column("difference")[row]) - expected) < 1e-9)
    }
    let curves = try #require(single1["curves"]).table
    #expect(curves.rows.count == 3 * 2 * 11)
    let selective = try #require(
      bench.run(
        "explain.faithfulness", ["bootstrap": .int(200), "topk": .int(2)],
        inputs: ["model": model, "images": pairs, "maps": pairMaps])["areas"]
    ).table
    #expect(Set(selective.column("measure")) == [.string("selectivity")])
    // Both phrases of a scene see the same deletion: their differences cancel.
    for (method, area) in zip(selective.column("method"), selective.column("area"))
    where method == .string("attention") {
      guard case .double(let number) = area else { continue }
      #expect(abs(number) < 1e-12)
    }

    let words = try bench.run("explain.words", inputs: ["model": model, "images": train])
    let drops = try #require(words["faithfulness"]).table
    let names: [Value] = ["top", "random", "bottom", "top less random"].map(Value.string)
    #expect(Array(drops.column("deleted").prefix(4)) == names)
    let means = drops.column("drop").map(number)
    #expect(abs(means[3] - (means[0] - means[1])) < 1e-9)
    let kinds = try #require(
      bench.run("explain.concreteness", inputs: ["words": words.one("words")])["classes"]
    ).table
    #expect(kinds.column("class").contains(.string("colour")))
    let sheet = try #require(
      bench.run("explain.figure", inputs: ["images": pairs, "maps": pairMaps])["sheet"]
    ).data
    #expect(try PNGImage(pngData: sheet).width > 4 * 64)

    let tuned = try bench.run(
      "clip.finegrain", ["epochs": .int(1), "batch": .int(16)],
      inputs: ["model": model, "images": train, "test": pairs])
    let phases = try #require(tuned["scores"]).table
    #expect(phases.column("phase") == [.string("start"), .string("tuned")])
    #expect(phases.column("regions") == [.int(8), .int(8)])
    for row in 0..<2 {
      let bounds = ["regions_low", "regions_top1", "regions_high"].map {
        number(phases.column($0)[row])
      }
      #expect(bounds == bounds.sorted(), "\(bounds)")
    }
    // The weight of regions changes the model, and so does whose maps they are.
    let models = try [("lambda", Value.double(0)), ("method", .string("maskclip"))].map {
      try bench.run(
        "clip.finegrain", ["epochs": .int(1), "batch": .int(16), $0.0: $0.1],
        inputs: ["model": model, "images": train, "test": pairs]
      ).one("model")[0].hash
    }
    #expect(Set(models + [try tuned.one("model")[0].hash]).count == 3)
  }

  @Test func refusesMapsOfOtherImages() throws {
    let bench = try StageBench()
    let train = try scenes(bench, count: 32, objects: [1], seed: 1)
    let other = try scenes(bench, count: 32, objects: [1], seed: 2)
    let model = try bench.run("clip.train", Self.small, inputs: ["images": train]).one("model")
    let maps = try bench.run(
      "explain.heatmap", ["method": .string("center")], inputs: ["model": model, "images": train]
    ).one("maps")
    #expect(
      throws: StageFailure(
        at: "input maps", "the maps of center belong to other images",
        why: "each map is compared with the target that it explains",
        fix: "give both stages the same images")
    ) {
      try bench.run("explain.localisation", inputs: ["images": other, "maps": maps])
    }
    #expect(
      throws: StageFailure(
        at: "parameter layers", "3 blocks of 2", why: "the image tower has no more",
        fix: "write at most 2, or 0 for all")
    ) {
      try bench.run(
        "explain.heatmap", ["layers": .int(3)], inputs: ["model": model, "images": train])
    }
    #expect(
      throws: StageFailure(
        at: "input test", "there are no masks", why: "regions are classified in masks",
        fix: "use vision.scenes or vision.fashion_scenes")
    ) {
      let set = try CaptionedImages(reading: #require(train.first).url)
      let bare = CaptionedImages(
        name: "bare", hash: "", images: set.images, captions: set.captions, targets: set.targets,
        masks: ByteTensor([UInt8](), shape: [0, 32, 32]), phrases: set.phrases,
        vocabulary: set.vocabulary, wordClasses: set.wordClasses)
      let url = bench.folder.appending(path: "bare")
      try bare.write(to: url)
      try bench.run(
        "clip.finegrain",
        inputs: [
          "model": model, "images": train, "test": [StageBench.Output(url: url, labels: [])],
        ])
    }
  }

  @Test(arguments: [
    (
      "vision.scenes", ["objects": Value.list([.double(0.5), .double(0.4)])],
      ParameterProblem(
        parameter: "objects", what: "[0.5, 0.4] has the sum 0.9",
        why: "these are the probabilities of one to four objects",
        fix: "write up to four numbers that sum to 1")
    ),
    (
      "clip.train", ["vision_width": .int(65)],
      ParameterProblem(
        parameter: "vision_width", what: "65 is not a multiple of 4 heads",
        why: "heads share the width", fix: "write a multiple of 4")
    ),
    (
      "clip.zeroshot", ["templates": .list([.string("a photo")])],
      ParameterProblem(
        parameter: "templates", what: "[\"a photo\"]", why: "each text must hold the phrase",
        fix: "write templates: [\"{}\"]")
    ),
    (
      "explain.faithfulness", ["every": .int(7)],
      ParameterProblem(
        parameter: "every", what: "7 does not divide 100 steps",
        why: "points lie at equal distances", fix: "write a divisor of 100")
    ),
    (
      "explain.heatmap", ["method": .string("rollout"), "heads": .string("merged")],
      ParameterProblem(
        parameter: "heads", what: "method rollout does not use it",
        why: "the map would carry the label of an option that changed nothing",
        fix: "leave heads out")
    ),
    (
      "clip.finegrain", ["method": .string("gradcam"), "layers": .int(2)],
      ParameterProblem(
        parameter: "layers", what: "2 blocks for gradcam",
        why: "only grad_eclip explains a number of blocks", fix: "leave layers out")
    ),
    (
      "vision.folder", ["captions": .map(["../x.png": .string("a")])],
      ParameterProblem(
        parameter: "captions", what: "\"../x.png\" is no file of the folder",
        why: "pictures lie in the folder itself", fix: "write the file's own name")
    ),
  ])
  func refuses(kind: String, parameters: [String: Value], problem: ParameterProblem) {
    #expect(StageBench.problems(kind, parameters) == [problem])
  }

  /// The tiny CLIP under its own names, read as a user's.
  @Test func loadsAModelAndFindsItsTokenizerWrong() throws {
    let bench = try StageBench()
    let folder = bench.folder.appending(path: "data")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["model.safetensors", "config.json"] {
      try FileManager.default.copyItem(
        at: ExplainFixture.folder.appending(path: name), to: folder.appending(path: name))
    }
    try Data("a b\n".utf8).write(to: folder.appending(path: "merges.txt"))
    #expect(
      throws: StageFailure(
        at: "tokenizer", "it has 515 ids, the text tower 200",
        why: "each id needs its row of the token table",
        fix: "give the tokenizer that the model was trained with")
    ) {
      try bench.run(
        "clip.load",
        ["path": .string("model.safetensors"), "tokenizer": .string("merges.txt")],
        files: DataFolders([folder]))
    }
  }

  /// The centre crop of the fixture: shortest side 32, width 43, offset 6.
  @Test func centreSquareAsPillow() throws {
    let file = try ExplainFixture.file("image_ops")
    let found = try file.bytes("in_u8").centreSquare(32)
    let expected = try file.bytes("clip.cropped_u8")
    #expect(zip(found.values, expected.values).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test func refusesWordsThatTheModelDoesNotKnowAndLongTexts() throws {
    let bench = try StageBench()
    let train = try scenes(bench, count: 32, objects: [1], seed: 1)
    let model = try bench.run(
      "clip.train", Self.small.merging(["context": .int(10)]) { $1 }, inputs: ["images": train]
    ).one("model")
    let set = try CaptionedImages(reading: #require(train.first).url)
    func words(_ caption: String) throws -> [StageBench.Output] {
      let other = CaptionedImages(
        name: "other", hash: "", images: set.images.rows(0..<1), captions: [caption],
        targets: [.init(image: 0, phrase: caption)],
        masks: ByteTensor([UInt8](), shape: [0, 32, 32]), phrases: [caption], vocabulary: [],
        wordClasses: [:])
      let url = bench.folder.appending(path: "other")
      try other.write(to: url)
      return [StageBench.Output(url: url, labels: [])]
    }
    #expect {
      try bench.run("explain.words", inputs: ["model": model, "images": words("a red zebra")])
    } throws: { error in
      guard let failure = error as? StageFailure else { return false }
      return failure.location == "text \"a red zebra\""
        && failure.what == "the word \"zebra\" is not one that this model knows"
    }
    #expect(
      throws: StageFailure(
        at: "text \"a red circle a red circle a red circle\"",
        "11 tokens with start and end, the context holds 10",
        why: "the text tower has a position for each token",
        fix: "write a shorter text, or long_texts: cut where the model is loaded")
    ) {
      try bench.run(
        "explain.words",
        inputs: [
          "model": model, "images": words("a red circle a red circle a red circle"),
        ])
    }
    #expect(
      throws: StageFailure(
        at: "parameter method", "clip_surgery with one text",
        why: "it takes away what all texts share", fix: "give images with two phrases or more")
    ) {
      try bench.run(
        "explain.heatmap", ["method": .string("clip_surgery")],
        inputs: ["model": model, "images": words("a red circle")])
    }
  }
}
