import Compute
import Foundation
import Testing

/// Both transformers against PyTorch's activations and gradients, and against themselves.
struct TransformerTests {
  /// Two float32 computations of some hundred products a number, in different orders, through two
  /// blocks and back: worst difference relative to the tensor's largest number.
  static let tolerance: Float = 2e-5

  static let vit = VisionTransformer.Configuration(
    imageSize: 8, patchSize: 4, layers: 2, classCount: 5,
    block: .layerNormed(width: 24, heads: 3, hidden: 40))
  static let decoder = DecoderTransformer.Configuration(
    vocabulary: 30, layers: 2,
    block: .llama(width: 24, heads: 4, keyHeads: 2, headSize: 8, hidden: 32))

  static func fixture(_ name: String) throws -> SafeTensorsFile {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/transformer")
    return try SafeTensorsFile(reading: folder.appending(path: name + ".safetensors").path)
  }

  private func read(_ file: SafeTensorsFile, into arena: ParameterArena, prefix: String = "") throws
  {
    for entry in arena.layout.entries {
      arena.setValue(try file.floats("parameter." + prefix + entry.name), of: entry)
    }
  }

  private func expectClose(
    _ tensor: Tensor, _ file: SafeTensorsFile, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try file.floats(name)
    #expect(tensor.count == expected.count, "\(name)", sourceLocation: sourceLocation)
    let largest = expected.values.map { abs($0) }.max() ?? 0
    let isClose = zip(tensor.values, expected.values).allSatisfy {
      abs($0 - $1) <= Self.tolerance * largest
    }
    #expect(isClose, "\(name)", sourceLocation: sourceLocation)
  }

  private func expectGradientsClose(
    _ arena: ParameterArena, _ file: SafeTensorsFile, prefix: String = ""
  ) throws {
    for entry in arena.layout.entries {
      try expectClose(arena.gradient(of: entry), file, "gradient." + prefix + entry.name)
    }
  }

  @Test(arguments: [false, true]) func visionTransformer(checkpointing: Bool) throws {
    let file = try Self.fixture("vit")
    let model = VisionTransformer(Self.vit, seed: nil)
    try read(file, into: model.parameters)
    let labels = try file.floats("labels").values.map { Int32($0) }
    let tape = Tape(lanes: Lanes(2))
    let (logits, features) = model(
      .constant(try file.floats("images")), on: tape, checkpointing: checkpointing)
    try expectClose(logits.value, file, "logits")
    try expectClose(features.value, file, "features")
    let loss = tape.softmaxCrossEntropy(logits, labels: labels).mean
    try expectClose(loss.value, file, "loss")
    tape.backward(from: loss)
    try expectGradientsClose(model.parameters, file)
  }

  @Test(arguments: [false, true]) func decoderTransformer(checkpointing: Bool) throws {
    let file = try Self.fixture("decoder")
    let model = DecoderTransformer(Self.decoder, seed: nil)
    try read(file, into: model.parameters)
    func integers(_ name: String) throws -> [Int32] {
      try file.floats(name).values.map { Int32($0) }
    }
    let tape = Tape(lanes: Lanes(2))
    let hidden = model.hidden(
      try integers("ids"), .init(sequences: 2, length: 11), on: tape, checkpointing: checkpointing)
    try expectClose(hidden.value, file, "hidden")
    try expectClose(model.logits(hidden, on: tape).value, file, "logits")
    let loss = model.loss(hidden, labels: try integers("labels"), on: tape).mean
    try expectClose(loss.value, file, "loss")
    tape.backward(from: loss)
    try expectGradientsClose(model.parameters, file)
  }

  @Test(arguments: ["vit", "decoder"]) func block(name: String) throws {
    let file = try Self.fixture(name)
    let configuration = name == "vit" ? Self.vit.block : Self.decoder.block
    let batch =
      name == "vit"
      ? TransformerBlock.Batch(sequences: 3, length: 5)
      : TransformerBlock.Batch(
        sequences: 2, length: 11,
        rotary: RotaryPositions(Array(0..<11), headSize: 8, layout: .halves))
    var layout = ParameterLayout()
    let block = TransformerBlock("blocks.0", configuration, depth: 2, layout: &layout)
    let arena = ParameterArena(layout, seed: nil)
    try read(file, into: arena)
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(
      try file.floats("block_input").reshaped([batch.sequences * batch.length, 24]))
    let y = block(x, batch, parameters: arena, on: tape)
    try expectClose(y.value, file, "block_output")
    tape.backward(from: y, seed: try file.floats("block_output_gradient").reshaped(y.shape))
    try expectClose(try #require(tape.gradient(of: x)), file, "block_input_gradient")
    try expectGradientsClose(arena, file)
  }

  /// A tied head is the transposed embedding, and the embedding's gradient has both parts.
  @Test func tiedHead() throws {
    var configuration = Self.decoder
    configuration.layers = 1
    configuration.isTied = true
    let tied = DecoderTransformer(configuration, seed: 3)
    configuration.isTied = false
    let separate = DecoderTransformer(configuration, seed: 3)
    let (table, head) = (
      try #require(separate.parameters.layout.entries.first { $0.name == "embedding" }),
      try #require(separate.parameters.layout.entries.first { $0.name == "head.weight" })
    )
    func turned(_ tensor: Tensor) -> Tensor {
      Tape(lanes: Lanes(1), isRecording: false).transposed(.constant(tensor)).value
    }
    separate.parameters.setValue(turned(separate.parameters.value(of: table)), of: head)
    func gradients(_ model: DecoderTransformer) -> Float {
      let tape = Tape(lanes: Lanes(2))
      let hidden = model.hidden([1, 2, 3, 4], .init(sequences: 2, length: 2), on: tape)
      let loss = model.loss(hidden, labels: [2, 3, 4, 5], on: tape).mean
      tape.backward(from: loss)
      return loss.value.item
    }
    #expect(gradients(tied) == gradients(separate))
    var sum = separate.parameters.gradient(of: table)
    sum.add(turned(separate.parameters.gradient(of: head)), lanes: Lanes(1))
    let own = try #require(tied.parameters.layout.entries.first { $0.name == "embedding" })
    #expect(isClose(tied.parameters.gradient(of: own), sum.values))
  }

  /// Padding behind a sequence changes nothing in front of it.
  @Test func lengthsHideWhatIsBehind() {
    var configuration = TransformerBlock.Configuration.layerNormed(width: 16, heads: 2)
    configuration.activation = .quickGELU
    var layout = ParameterLayout()
    let block = TransformerBlock("b", configuration, depth: 1, layout: &layout)
    let arena = ParameterArena(layout, seed: 1)
    let x = sampleTensor([2 * 5, 16], seed: 1)
    func rows(_ tensor: Tensor) -> Tensor {
      let tape = Tape(lanes: Lanes(1), isRecording: false)
      let batch = TransformerBlock.Batch(sequences: 2, length: 5, lengths: [3, 5])
      return block(.constant(tensor), batch, parameters: arena, on: tape).value.rows(0..<3)
    }
    var other = x
    other.replace(at: 3 * 16, with: sampleTensor([2, 16], seed: 9))
    #expect(rows(x) == rows(other))
  }

  /// Losses and parameters of five steps, and the pool's counters after each.
  static func training(
    vision: Bool, lanes: Int, checkpointing: Bool
  ) -> (losses: [Float], parameters: Tensor, allocations: [Int]) {
    let lanes = Lanes(lanes)
    let vit = VisionTransformer(
      .init(
        imageSize: 16, patchSize: 4, layers: 2, classCount: 4,
        block: .layerNormed(width: 32, heads: 2)), seed: 1)
    let decoder = DecoderTransformer(
      .init(
        vocabulary: 50, layers: 2, block: .llama(width: 32, heads: 4, keyHeads: 2, hidden: 48)),
      seed: 1)
    let images = sampleTensor([40, 16, 16, 3], seed: 1)
    let ids = (0..<600).map { Int32($0 * $0 % 50) }
    let parameters = vision ? vit.parameters : decoder.parameters
    var optimiser = Adam(decay: .decoupled)
    func gradients() -> Float {
      let tape = Tape(lanes: lanes)
      let loss: Variable
      if vision {
        let logits = vit(.constant(images), on: tape, checkpointing: checkpointing).logits
        loss = tape.softmaxCrossEntropy(logits, labels: (0..<40).map { Int32($0 % 4) }).mean
      } else {
        let hidden = decoder.hidden(
          ids, .init(sequences: 6, length: 100), on: tape, checkpointing: checkpointing)
        loss = decoder.loss(hidden, labels: Array(ids[1...]) + [Tape.ignoredLabel], on: tape).mean
      }
      tape.backward(from: loss)
      return loss.value.item
    }
    var (losses, allocations): ([Float], [Int]) = ([], [])
    for _ in 0..<5 {
      parameters.zeroGradients()
      losses.append(gradients())
      parameters.clipGradients(toNorm: 1, lanes: lanes)
      optimiser.step(parameters, learningRate: 1e-3, lanes: lanes)
      allocations.append(StoragePool.shared.statistics.allocationCount)
    }
    return (losses, parameters.values, allocations)
  }

  @Test(arguments: [true, false]) func bitsDependNeitherOnLanesNorOnCheckpoints(vision: Bool) {
    let one = Self.training(vision: vision, lanes: 1, checkpointing: false)
    for (lanes, checkpointing) in [(2, false), (3, false), (2, true)] {
      let other = Self.training(vision: vision, lanes: lanes, checkpointing: checkpointing)
      #expect(one.losses == other.losses)
      #expect(one.parameters == other.parameters)
    }
    #expect(Set(one.losses).count == 5 && one.losses[4] < one.losses[0])
  }

  /// In a process of its own, since the pool is shared.
  @Test func nothingIsAllocatedAfterTheFirstStep() async {
    await #expect(processExitsWith: .success) {
      for (vision, checkpointing) in [(true, false), (true, true), (false, false), (false, true)] {
        let counts = Self.training(vision: vision, lanes: 2, checkpointing: checkpointing)
          .allocations
        precondition(Set(counts).count == 1, "allocations after each step: \(counts)")
      }
    }
  }

  /// What a tape holds after the way forward: with checkpoints little more than the blocks' inputs.
  /// In a process of its own, since the pool is shared.
  @Test func checkpointsHoldLess() async {
    await #expect(processExitsWith: .success) {
      let model = DecoderTransformer(Self.decoder, seed: 1)
      let ids = (0..<600).map { Int32($0 % 30) }
      func heldBytes(checkpointing: Bool) -> Int {
        let tape = Tape(lanes: Lanes(1))
        let before = StoragePool.shared.statistics.liveByteCount
        let hidden = model.hidden(
          ids, .init(sequences: 6, length: 100), on: tape, checkpointing: checkpointing)
        return withExtendedLifetime((tape, hidden)) {
          StoragePool.shared.statistics.liveByteCount - before
        }
      }
      let (all, some) = (heldBytes(checkpointing: false), heldBytes(checkpointing: true))
      precondition(some > 0 && 3 * some < all, "\(some) bytes with checkpoints, \(all) without")
    }
  }

  @Test func refusesHeadsThatDoNotShareTheWidth() async {
    await #expect(processExitsWith: .failure) {
      _ = TransformerBlock.Configuration.layerNormed(width: 10, heads: 3)
    }
  }

  @Test func refusesMoreTokensThanPositions() async {
    await #expect(processExitsWith: .failure) {
      _ = DecoderTransformer(Self.decoder, seed: 1).positions(length: 2_049)
    }
  }
}
