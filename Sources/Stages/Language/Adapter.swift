import Compute
import Foundation
import Pipeline

/// What tuning changed in a model, as an artifact of type `tensors`: a safetensors file of low-rank
/// matrices, or of all weights.
///
/// Tensors are named as in GGUF files (`blk.3.attn_q.lora_a`, `blk.3.attn_q.weight`); the header
/// tells method, rank, alpha and the model.
struct Adapter {
  enum Content {
    case lowRank(LowRankAdapter)
    case weights([String: Tensor])
  }

  let content: Content

  init(_ content: Content) { self.content = content }

  /// How the model was tuned, for tables.
  var name: String {
    switch content {
    case .lowRank(let adapter): "lora rank \(adapter.settings.rank)"
    case .weights: "full"
    }
  }

  private static let (method, model, rank, alpha, targets) =
    ("method", "model", "rank", "alpha", "targets")

  func write(to file: URL, model hash: String) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = [Self.model: hash]
    switch content {
    case .lowRank(let adapter):
      writer.metadata[Self.method] = "lora"
      writer.metadata[Self.rank] = String(adapter.settings.rank)
      writer.metadata[Self.alpha] = String(adapter.settings.alpha)
      writer.metadata[Self.targets] =
        adapter.settings.targets.map(\.rawValue).joined(separator: ",")
      for (name, tensor) in adapter.tensors { writer.set(name, tensor) }
    case .weights(let tensors):
      writer.metadata[Self.method] = "full"
      for (name, tensor) in tensors { writer.set(name, tensor) }
    }
    try writer.write(to: file.path)
  }

  /// Reads an adapter of this model.
  ///
  /// - Throws: ``StageFailure`` for another kind of file, an adapter of another model, or tensors
  ///   that are missing or have other shapes.
  init(_ input: InputArtifact, for artifact: LanguageArtifact) throws {
    let file = try SafeTensorsFile(reading: input.url.path)
    func refusal(_ what: String, _ why: String) -> StageFailure {
      StageFailure(
        at: "input adapter", what, why: why,
        fix: "use an adapter that lm.finetune made from this model")
    }
    guard let made = file.metadata[Self.model] else {
      throw refusal("the file is not an adapter", "its header names no model")
    }
    guard made == artifact.hash else {
      throw refusal(
        "the adapter belongs to model \(made)", "the input model is \(artifact.hash)")
    }
    let sizes = artifact.configuration
    func tensors(_ shapes: [(name: String, shape: [Int])]) throws -> [String: Tensor] {
      var tensors: [String: Tensor] = [:]
      for (name, shape) in shapes {
        let tensor = try file.floats(name)
        guard tensor.shape.axes == shape else {
          throw refusal("tensor \(name) has the shape \(tensor.shape)", "expected \(shape)")
        }
        tensors[name] = tensor
      }
      return tensors
    }
    if file.metadata[Self.method] == "full" {
      content = .weights(try tensors(sizes.tensorShapes))
      return
    }
    let names = (file.metadata[Self.targets] ?? "").split(separator: ",").map(String.init)
    let targets = names.compactMap(LayerMatrix.init(rawValue:))
    guard let rank = file.metadata[Self.rank].flatMap({ Int($0) }), rank >= 1,
      let alpha = file.metadata[Self.alpha].flatMap({ Double($0) }), alpha > 0,
      !targets.isEmpty, targets.count == names.count, Set(names).count == names.count
    else { throw refusal("the header is not sound", "it tells rank, alpha and targets") }
    let shapes = (0..<sizes.layers).flatMap { layer in
      targets.flatMap { target in
        [
          (LowRankAdapter.nameA(target, layer: layer), [rank, target.inputs(of: sizes)]),
          (LowRankAdapter.nameB(target, layer: layer), [target.outputs(of: sizes), rank]),
        ]
      }
    }
    content = .lowRank(
      LowRankAdapter(
        settings: LowRankSettings(rank: rank, alpha: alpha, targets: targets),
        tensors: try tensors(shapes)))
  }

  /// The weights that replace those of the file, by name.
  func weights(over artifact: LanguageArtifact, lanes: Lanes) throws -> [String: Tensor] {
    switch content {
    case .weights(let tensors): tensors
    case .lowRank(let adapter):
      try adapter.merged(artifact.configuration, into: artifact.file, lanes: lanes)
    }
  }
}
