import Foundation
import Pipeline

/// Writes a text, behind the texts of its inputs: notes, lists and joined logs as artifacts.
struct WriteStage: Stage {
  static let kind = "text.write"
  static let version = 1
  static let summary = "Writes a text, behind the texts of its inputs in their order."
  static let usesNumerics = false
  static let readsFiles = false
  static let inputs = [
    InputSlot("from", .text, isOptional: true, isList: true, help: "texts that come first")
  ]
  static let outputs = [OutputSlot("text", .text, help: "the joined text, in UTF-8")]

  private let text: String

  init(_ p: inout ParameterReader) {
    text = p.string("text", default: "", help: "what to write, as it stands")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 0.001, memoryBytes: 1 << 20) }

  func run(_ context: StageContext) throws {
    var joined = Data()
    for input in context.inputList("from") { joined += try Data(contentsOf: input.url) }
    try (joined + Data(text.utf8)).write(to: context.output("text"))
  }
}
