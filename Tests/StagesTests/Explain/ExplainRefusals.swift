import Pipeline

extension IntensityTests {
  /// A whole number below its range.
  private static func low(
    _ kind: String, _ parameter: String, _ value: Int, range: String, help: String, least: Int,
    beside others: [String: Value] = [:]
  ) -> Example {
    Example(
      kind: kind, parameters: others.merging([parameter: .int(value)]) { first, _ in first },
      problem: ParameterProblem(
        parameter: parameter, what: "\(value) is outside \(range)", why: help,
        fix: "write at least \(least)"))
  }

  /// One refusal of each stage of language models, of CLIP and of its maps.
  static let modelExamples = [
    low(
      "model.load_gguf", "seed", -1, range: "x >= 0", help: "of the random model's weights",
      least: 0),
    low("lm.generate", "max_new", 0, range: "1 <= x <= 8192", help: "generated at most", least: 1),
    low(
      "lm.score_text", "window", 1, range: "2 <= x <= 8192", help: "tokens that see each other",
      least: 2),
    low("lm.finetune", "rank", 0, range: "1 <= x <= 1024", help: "lora: of the adapters", least: 1),
    low(
      "vision.scenes", "shapes", 1, range: "2 <= x <= 6", help: "shapes used, from circle on",
      least: 2),
    low(
      "vision.fashion_scenes", "garments", 1, range: "2 <= x <= 6",
      help: "kinds used, from trouser on", least: 2),
    low(
      "vision.folder", "size", 8, range: "16 <= x <= 1024", help: "side of an image", least: 16,
      beside: ["captions": .map(["a.png": .string("a cat")])]),
    low(
      "clip.load", "head_width", 0, range: "1 <= x <= 1024",
      help: "of a head, under OpenAI's names without a configuration", least: 1,
      beside: ["path": .string("model.safetensors")]),
    low("text.load", "seed", -1, range: "x >= 0", help: "of the generated text", least: 0),
    Example(
      kind: "model.merge_gguf", parameters: ["form": .string("f16")],
      problem: ParameterProblem(
        parameter: "form", what: "'f16' is not one of q8_0, f32",
        why: "of changed matrices; q8_0 rounds to 8 bits. Others stay as they are stored",
        fix: "did you mean 'f32'?")),
    Example(
      kind: "longctx.speedup", parameters: ["beyond": .list([.int(1)])],
      problem: ParameterProblem(
        parameter: "beyond", index: 0, what: "1 is outside 256 <= x <= 1048576",
        why: "lengths to fit, where they were not measured", fix: "write at least 256")),
    Example(
      kind: "clip.zeroshot", parameters: ["topk": .list([.int(0)])],
      problem: ParameterProblem(
        parameter: "topk", index: 0, what: "0 is outside 1 <= x <= 1000",
        why: "nearest phrases that count", fix: "write at least 1")),
    low("clip.train", "patch", 1, range: "2 <= x <= 64", help: "side of a square", least: 2),
    low(
      "clip.finegrain", "epochs", 0, range: "1 <= x <= 10000", help: "times over the pairs",
      least: 1),
    low("explain.words", "limit", 0, range: "1 <= x <= 100000", help: "from the first", least: 1),
    low("explain.concreteness", "seed", -1, range: "x >= 0", help: "of the bootstrap", least: 0),
    low(
      "explain.faithfulness", "steps", 0, range: "1 <= x <= 10000",
      help: "of equal numbers of pixels", least: 1),
    low(
      "explain.localisation", "bootstrap", 9, range: "100 <= x <= 100000", help: "draws of images",
      least: 100),
    low("explain.figure", "rows", 0, range: "1 <= x <= 64", help: "from the first", least: 1),
    low(
      "explain.heatmap", "batch", 0, range: "1 <= x <= 4096",
      help: "explained at once, fewer where memory ends", least: 1),
  ]
}
