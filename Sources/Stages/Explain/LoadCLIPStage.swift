import Compute
import Foundation
import Pipeline

/// `clip.load`: anyone's CLIP, from safetensors under Hugging Face's or OpenAI's names.
struct LoadCLIPStage: Stage {
  static let kind = "clip.load"
  static let version = 2
  static let summary = "Reads a CLIP that a user brings as safetensors, with CLIP's tokenizer."
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("model", .model, help: "both towers and the tokenizer"),
    OutputSlot(
      "shape", .table,
      columns: [
        Column("tower", .string, help: "vision or text"), Column("width", .int, unit: "floats"),
        Column("layers", .int), Column("heads", .int),
        Column("activation", .string, help: "of the MLP"), Column("joint", .int, unit: "floats"),
      ], help: "one row per tower"),
  ]

  /// What the MLP computes; `auto` as the configuration says.
  enum ActivationChoice: String, CaseIterable {
    case auto, gelu
    case quickGELU = "quick_gelu"
  }

  private let path: String
  private let tokenizer: String
  private let activation: ActivationChoice
  private let headWidth: Int
  private let longTexts: LongTexts

  /// What becomes of a text with more tokens than the context holds.
  enum LongTexts: String, CaseIterable { case refuse, cut }

  init(_ p: inout ParameterReader) {
    path = p.string(
      "path", default: nil,
      help: "safetensors file in a data folder; Hugging Face's config.json must lie beside it")
    tokenizer = p.string(
      "tokenizer", default: "clip/bpe_merges.txt", help: "file of CLIP's merges in a data folder")
    activation = p.choice(
      "activation", default: .auto,
      help: "of the MLPs, where the configuration is wrong or, under OpenAI's names, missing")
    headWidth = p.int(
      "head_width", default: 64, in: 1...1024, unit: "floats",
      help: "of a head, under OpenAI's names without a configuration")
    longTexts = p.choice(
      "long_texts", default: .refuse,
      help: "texts that exceed the context are refused, or cut to it with the end last")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 10, memoryBytes: 3 << 30) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    func found(_ path: String, _ parameter: String) throws -> URL {
      if let url = folders.locate(path) { return url }
      throw StageFailure(
        .environment, at: "parameter \(parameter)", "there is no \(path)",
        why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
        fix: "put the file there, or name the folder that holds it with --data")
    }
    let weights = try found(path, "path")
    let beside = weights.deletingLastPathComponent().appending(path: "config.json")
    let hasConfiguration = FileManager.default.fileExists(atPath: beside.path)
    return [
      DeclaredFile(name: "weights", url: weights),
      DeclaredFile(name: "merges", url: try found(tokenizer, "tokenizer")),
    ] + (hasConfiguration ? [DeclaredFile(name: "config.json", url: beside)] : [])
  }

  func run(_ context: StageContext) throws {
    func file(_ name: String) -> URL? { context.files.first { $0.name == name }?.url }
    guard let weights = file("weights"), let merges = file("merges") else {
      preconditionFailure("clip.load declares its files")
    }
    var configuration = try file("config.json").map {
      try CLIPConfiguration(json: Data(contentsOf: $0), path: $0.path)
    }
    if let choice = Activation(rawValue: activation.rawValue) {
      var known =
        try configuration
        ?? CLIP.configuration(of: weights.path, activation: choice, headWidth: headWidth)
      (known.vision.activation, known.text.activation) = (choice, choice)
      configuration = known
    }
    let text = String(decoding: try Data(contentsOf: merges), as: UTF8.self)
    var trained = try TrainedCLIP(
      model: CLIP(reading: weights.path, configuration: configuration), tokenizer: .merges(text))
    trained.encoding.cutsLongTexts = longTexts == .cut
    try trained.write(to: context.output("model"))
    let c = trained.model.configuration
    var table = Table(columns: Self.outputs[1].columns)
    for (name, tower) in [("vision", c.vision), ("text", c.text)] {
      table.append([
        .string(name), .int(tower.width), .int(tower.layers), .int(tower.heads),
        .string(tower.activation.rawValue), .int(c.joint),
      ])
    }
    try table.write(to: context, "shape")
  }
}
