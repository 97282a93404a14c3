import Compute
import Foundation
import Pipeline
import Stages

extension StageBench {
  /// A tiny random model, written here and loaded by the stage.
  func tinyModel(
    _ writer: GGUFWriter = RandomModel.writer(metadata: RandomModel.metadata(context: 128))
  ) throws -> [String: Output] {
    try writer.write(to: folder.appending(path: "tiny.gguf").path)
    return try run(
      "model.load_gguf", ["file": .string("tiny.gguf")], files: DataFolders([folder]))
  }

  /// A text as an artifact.
  func text(_ text: String) throws -> [Output] {
    let file = folder.appending(path: UUID().uuidString)
    try Data(text.utf8).write(to: file)
    return [Output(url: file, labels: [])]
  }
}

extension Value {
  /// A measured number; NaN for what is not one.
  var orNaN: Double { number ?? .nan }
}
