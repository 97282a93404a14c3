import Compute
import Foundation
import Testing

/// CLIP against PyTorch's activations, and its files.
struct CLIPTests {
  @Test(arguments: ["sq", "rect"]) func embeddingsAndSimilarity(image: String) throws {
    let (model, expected) = (try CLIPFixture.model(), try CLIPFixture.file("expected"))
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let images = Variable.constant(try CLIPFixture.pixels(image))
    let stream = model.stream(images: images, on: tape)
    expectClose(stream.x.value, try expected.floats("\(image).vision.hidden.0"), "hidden.0")
    let last = model.vision.run(stream, blocks: 0..<3, model.parameters, on: tape)
    expectClose(last.x.value, try expected.floats("\(image).vision.hidden.last"), "hidden.last")
    let embedding = model.embeddings(images: images, on: tape)
    expectClose(embedding.value, try expected.floats("\(image).image.embeds"), "image")
    let texts = model.embeddings(ids: try CLIPFixture.ids(), texts: 3, on: tape)
    expectClose(texts.value, try expected.floats("text.embeds"), "text")
    var cosine = tape.unitRows(texts).value.matrixProduct(
      tape.unitRows(embedding).value, transposed: .right, lanes: tape.lanes)
    expectClose(cosine, try expected.floats("\(image).cosine"), "cosine")
    cosine.scale(by: model.logitScale, lanes: tape.lanes)
    expectClose(cosine, try expected.floats("\(image).logits_per_image"), "logits")
  }

  /// Check G of the method's card: quick GELU(1) = 0.84580, GELU(1) = 0.84134.
  @Test(arguments: [(Activation.quickGELU, Float(0.84580)), (.gelu, 0.84134)])
  func activations(kind: Activation, value: Float) {
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let found = tape.activation(.constant(Tensor([1])), kind).value.item
    #expect(abs(found - value) < 1e-5)
  }

  @Test func textHiddenStates() throws {
    let (model, expected) = (try CLIPFixture.model(), try CLIPFixture.file("expected"))
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let stream = model.stream(ids: try CLIPFixture.ids(), texts: 3, on: tape)
    expectClose(stream.x.value, try expected.floats("text.hidden.0"), "hidden.0")
    let last = model.text.run(stream, blocks: 0..<3, model.parameters, on: tape)
    expectClose(last.x.value, try expected.floats("text.hidden.last"), "hidden.last")
    let ends = try expected.longIntegers("text.eot_index")
    #expect(stream.pooled == ends.enumerated().map { Int32($0 * 16) + Int32($1) })
  }

  /// Tracing a tower changes none of its numbers, except where heads are merged.
  @Test func tracesGiveTheSameEmbedding() throws {
    let model = try CLIPFixture.model()
    let tape = Tape(lanes: Lanes(1), isRecording: false)
    let images = Variable.constant(try CLIPFixture.pixels("sq"))
    let stream = model.stream(images: images, on: tape)
    let plain = model.embeddings(images: images, on: tape).value
    let traced = model.vision.traced(stream, from: 0, model.parameters, on: tape)
    #expect(traced.embeddings.value == plain && traced.traces.count == 3)
    let expected = try CLIPFixture.file("expected")
    let before = model.vision.run(stream, blocks: 0..<2, model.parameters, on: tape)
    let merged = model.vision.traced(
      before, from: 2, isMerged: true, model.parameters, on: tape)
    expectClose(
      merged.embeddings.value, try expected.floats("sq.merged.image.embeds"), "merged")
  }

  /// Gradients of the contrastive loss reach every parameter of both towers.
  @Test func trainsEveryParameter() throws {
    let model = try CLIPFixture.model()
    let tape = Tape(lanes: Lanes(2))
    let pixels = try CLIPFixture.pixels("sq")
    let images = Tensor(
      concatenatingRows: [pixels, pixels, pixels], rowShape: [32, 32, 3])
    let loss = tape.contrastiveLoss(
      image: tape.unitRows(model.embeddings(images: .constant(images), on: tape)),
      text: tape.unitRows(model.embeddings(ids: try CLIPFixture.ids(), texts: 3, on: tape)),
      logScale: tape.parameter(model.logScale, of: model.parameters))
    tape.backward(from: loss)
    for entry in model.parameters.layout.entries {
      let gradient = model.parameters.gradient(of: entry).values
      #expect(gradient.contains { $0 != 0 }, "\(entry.name)")
    }
  }

  @Test func writesWhatItReads() throws {
    let model = try CLIPFixture.model()
    let url = FileManager.default.temporaryDirectory.appending(path: "clip-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.file().write(to: url.path)
    let again = try CLIP(reading: url.path)
    #expect(again.configuration == model.configuration)
    #expect(again.parameters.values == model.parameters.values)
    let original = try CLIPFixture.file("model")
    let written = try SafeTensorsFile(reading: url.path)
    #expect(written.entries.mapValues(\.shape) == original.entries.mapValues(\.shape))
    for name in original.entries.keys {
      #expect(try written.floats(name) == original.floats(name), "\(name)")
    }
  }

  /// The same weights under OpenAI's names, which have heads of 64 floats.
  @Test func readsOpenAINames() throws {
    let tower = CLIPConfiguration.Tower(width: 64, layers: 2, heads: 1)
    let configuration = CLIPConfiguration(
      vision: tower, text: tower, imageSize: 8, patchSize: 4, vocabulary: 11, context: 6, joint: 16)
    let model = CLIP(configuration, seed: 4)
    let url = FileManager.default.temporaryDirectory.appending(path: "clip-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try openAIFile(of: model).write(to: url.path)
    // LAION's models have these names and another activation: nothing is guessed.
    #expect(throws: CLIPFileError.untold(path: url.path)) { try CLIP(reading: url.path) }
    let known = try CLIP.configuration(of: url.path, activation: .quickGELU, headWidth: 64)
    #expect(known == configuration)
    let again = try CLIP(reading: url.path, configuration: known)
    #expect(again.parameters.values == model.parameters.values)
    let other = try CLIP.configuration(of: url.path, activation: .gelu, headWidth: 32)
    #expect(other.vision.activation == .gelu && other.text.heads == 2)
  }

  @Test(arguments: [Float.nan, .infinity]) func refusesWeightsThatAreNotFinite(value: Float) throws
  {
    let model = try CLIPFixture.model()
    model.parameters.setValue(Tensor([value]), of: model.logScale)
    let url = FileManager.default.temporaryDirectory.appending(path: "clip-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.file().write(to: url.path)
    let error = CLIPFileError.notFinite(path: url.path, key: "logit_scale")
    #expect(throws: error) { try CLIP(reading: url.path) }
    #expect(
      error.description == """
        \(url.path): weight "logit_scale" holds values that are no finite numbers
        fix: give the weights of a training that ended well
        """)
  }

  /// OpenAI's residual networks have a first convolution of the same name.
  @Test func refusesATowerWithoutClassToken() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "clip-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    var writer = SafeTensorsWriter()
    writer.set("visual.conv1.weight", Tensor(zeros: [32, 3, 3, 3]))
    writer.set("visual.attnpool.positional_embedding", Tensor(zeros: [50, 64]))
    try writer.write(to: url.path)
    let error = CLIPFileError.noClassToken(path: url.path)
    #expect(throws: error) { try CLIP(reading: url.path) }
    #expect(throws: error) {
      try CLIP.configuration(of: url.path, activation: .quickGELU, headWidth: 64)
    }
    #expect(
      error.description == """
        \(url.path): the image tower has no class token: the method needs a class-token ViT
        fix: give a CLIP with a vision transformer, as ViT-B/32; towers of convolutions pool their \
        features
        """)
  }

  /// What the card's trial model, the fixture and TinyCLIP count.
  @Test func parameters() throws {
    func count(_ configuration: CLIPConfiguration) -> Int {
      CLIP(configuration, seed: nil).parameters.layout.entries.reduce(0) { $0 + $1.shape.count }
    }
    let small = CLIPConfiguration(
      vision: .init(width: 64, layers: 4, heads: 4), text: .init(width: 64, layers: 2, heads: 4),
      imageSize: 64, patchSize: 8, vocabulary: 33, context: 20, joint: 64)
    #expect(count(small) == 328_385)
    #expect(try count(CLIPFixture.configuration()) == 91_585)
    let tinyCLIP = CLIPConfiguration(
      vision: .init(width: 256, layers: 10, heads: 4),
      text: .init(width: 256, layers: 3, heads: 4), imageSize: 224, patchSize: 16,
      vocabulary: 49_408, context: 77, joint: 512)
    #expect(count(tinyCLIP) == 23_446_017)
  }

  /// s starts at ln(1 / 0.07) = 2.6593 and counts as ln 100 at most.
  @Test func scaleOfLogits() throws {
    let tower = CLIPConfiguration.Tower(width: 8, layers: 1, heads: 2)
    let model = CLIP(
      CLIPConfiguration(
        vision: tower, text: tower, imageSize: 8, patchSize: 4, vocabulary: 5, context: 4,
        joint: 4), seed: 1)
    #expect(abs(model.parameters.value(of: model.logScale).item - 2.6593) < 5e-5)
    model.parameters.setValue(Tensor([5]), of: model.logScale)
    #expect(model.logitScale == 100)
  }

  private func openAIFile(of model: CLIP) throws -> SafeTensorsWriter {
    let url = FileManager.default.temporaryDirectory.appending(path: "clip-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.file().write(to: url.path)
    let file = try SafeTensorsFile(reading: url.path)
    func turned(_ tensor: Tensor) -> Tensor {
      Tape(lanes: Lanes(1), isRecording: false).transposed(.constant(tensor)).value
    }
    var writer = SafeTensorsWriter()
    let names = [
      "vision_model.encoder.layers": "visual.transformer.resblocks",
      "text_model.encoder.layers": "transformer.resblocks", "layer_norm1": "ln_1",
      "layer_norm2": "ln_2", "self_attn.out_proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc",
      "mlp.fc2": "mlp.c_proj", "vision_model.pre_layrnorm": "visual.ln_pre",
      "vision_model.post_layernorm": "visual.ln_post", "text_model.final_layer_norm": "ln_final",
      "vision_model.embeddings.class_embedding": "visual.class_embedding",
      "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
      "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
      "text_model.embeddings.position_embedding.weight": "positional_embedding",
      "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    ]
    for key in file.entries.keys where !key.contains(/[qkv]_proj|projection/) {
      let name = names.reduce(key) { $0.replacing($1.key, with: $1.value) }
      writer.set(name, try file.floats(key))
    }
    writer.set("visual.proj", turned(try file.floats("visual_projection.weight")))
    writer.set("text_projection", turned(try file.floats("text_projection.weight")))
    for key in file.entries.keys where key.contains("self_attn.q_proj.") {
      let parts = try ["q_proj", "k_proj", "v_proj"].map {
        try file.floats(key.replacing("q_proj", with: $0))
      }
      let name = names.reduce(key) { $0.replacing($1.key, with: $1.value) }
      writer.set(
        name.replacing("self_attn.q_proj.", with: "attn.in_proj_"),
        Tensor(
          concatenatingRows: parts, rowShape: Shape(parts[0].shape.axes.dropFirst().map { $0 })))
    }
    return writer
  }

  @Test func namesAMissingKeyAndBothShapes() throws {
    var configuration = try CLIPFixture.configuration()
    let path = CLIPFixture.folder.appending(path: "model.safetensors").path
    configuration.vision.layers = 4
    let key = "vision_model.encoder.layers.3.layer_norm1.weight"
    #expect(throws: CLIPFileError.missing(path: path, key: key)) {
      try CLIP(reading: path, configuration: configuration)
    }
    configuration.vision.layers = 3
    configuration.joint = 25
    let error = CLIPFileError.wrongShape(
      path: path, key: "visual_projection.weight", found: [24, 32], expected: [25, 32])
    #expect(throws: error) { try CLIP(reading: path, configuration: configuration) }
    #expect(
      error.description == """
        \(path): weight "visual_projection.weight" has shape [24, 32], the configuration asks for \
        [25, 32]
        fix: give the configuration that belongs to these weights
        """)
  }

  @Test(arguments: [
    (#"{"vision_config":{"hidden_act":"relu"}}"#, "vision_config.hidden_act"),
    (#"{"vision_config":{"patch_size":15}}"#, "vision_config.patch_size"),
    (#"{"text_config":{"num_attention_heads":7}}"#, "text_config.num_attention_heads"),
    (#"{"text_config":{"num_hidden_layers":1000}}"#, "text_config.num_hidden_layers"),
    (#"{"projection_dim":0}"#, "projection_dim"), ("[]", "the file"),
  ])
  func refusesAConfiguration(json: String, field: String) {
    #expect {
      _ = try CLIPConfiguration(json: Data(json.utf8), path: "config.json")
    } throws: { error in
      guard case .badConfiguration(_, let named, _)? = error as? CLIPFileError else { return false }
      return named == field
    }
  }
}
