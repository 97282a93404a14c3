import Compute
import Foundation
import Pipeline

/// `model.merge_gguf`: a tuned model as a file of its own.
struct MergeStage: Stage {
  enum Form: String, CaseIterable { case q8_0, f32 }

  static let kind = "model.merge_gguf"
  static let version = 1
  static let summary = "Writes a tuned language model as a GGUF file of its own."
  static let inputs = [
    InputSlot("model", .file, help: "a GGUF file, from model.load_gguf"),
    InputSlot("adapter", .tensors, help: "from lm.finetune"),
  ]
  static let outputs = [OutputSlot("model", .file, help: "the GGUF file")]

  private let form: Form

  init(_ p: inout ParameterReader) {
    form = p.choice(
      "form", default: .q8_0,
      help: "of changed matrices; q8_0 rounds to 8 bits. Others stay as they are stored")
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: 5, memoryBytes: LanguageArtifact.memoryBytes)
  }

  func run(_ context: StageContext) throws {
    let lanes = Lanes(context.lanes)
    let artifact = try LanguageArtifact(context.input("model"))
    let adapter = try Adapter(context.input("adapter"), for: artifact)
    let changed = try adapter.weights(over: artifact, lanes: lanes)
    var writer = GGUFWriter()
    writer.metadata = artifact.file.metadata
    writer.metadata["general.alignment"] = nil
    // The number of this type's mixture in other programs: mostly Q8_0, or all F32.
    writer.metadata["general.file_type"] = .integer(form == .q8_0 ? 7 : 0, .uint32)
    for name in artifact.file.tensors.keys.sorted() {
      try context.checkCancellation()
      if let tensor = changed[name] {
        if form == .q8_0 && tensor.shape.rank == 2 && tensor.shape[1] % 32 == 0 {
          writer.add(name, QuantizedMatrix(roundingToQ8: tensor, lanes: lanes))
        } else {
          writer.add(name, tensor)
        }
        continue
      }
      try LanguageArtifact.reading("input model") {
        if try artifact.file.entry(named: name).type == .float32 {
          writer.add(name, try artifact.file.tensor(named: name, lanes: lanes))
        } else {
          writer.add(name, try artifact.file.quantized(named: name))
        }
      }
    }
    try writer.write(to: context.output("model").path)
  }
}
