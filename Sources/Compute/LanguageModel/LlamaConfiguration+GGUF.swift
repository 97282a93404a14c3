extension LlamaConfiguration {
  /// Most layers, heads and floats of a token that a file may ask for.
  private static let (layerLimit, headLimit, sizeLimit) = (1024, 1024, 1 << 20)

  /// The configuration that a GGUF file's metadata describe.
  ///
  /// - Parameter file: of the architecture `llama` (interleaved pairs) or `qwen2` (pairs in halves,
  ///   biases on queries, keys and values).
  /// - Throws: a missing key, an impossible value, another architecture.
  package init(_ file: GGUFFile) throws(GGUFError) {
    let architecture = try file.string("general.architecture")
    guard architecture == "llama" || architecture == "qwen2" else {
      throw GGUFError(
        path: file.path,
        .wrongValue(
          key: "general.architecture", found: "\"\(architecture)\"",
          expected: "\"llama\" or \"qwen2\""))
    }
    func size(_ key: String, _ limit: Int, default value: Int? = nil) throws(GGUFError) -> Int {
      try file.integer("\(architecture).\(key)", in: 1...limit, default: value)
    }
    let width = try size("embedding_length", Self.sizeLimit)
    let heads = try size("attention.head_count", Self.headLimit)
    let keyHeads = try size("attention.head_count_kv", Self.headLimit, default: heads)
    let headSize = try size("attention.key_length", Self.sizeLimit, default: max(1, width / heads))
    func requireEqual(_ key: String, _ found: Int, _ isSound: Bool, _ expected: String)
      throws(GGUFError)
    {
      guard !isSound else { return }
      throw GGUFError(
        path: file.path,
        .wrongValue(key: "\(architecture).\(key)", found: "\(found)", expected: expected))
    }
    try requireEqual(
      "attention.head_count_kv", keyHeads, heads % keyHeads == 0, "a divisor of \(heads) heads")
    let turned = try size("rope.dimension_count", Self.sizeLimit, default: headSize)
    try requireEqual(
      "rope.dimension_count", turned, turned == headSize && headSize % 2 == 0,
      "\(headSize), all of an even head size")
    let eps = try file.float("\(architecture).attention.layer_norm_rms_epsilon")
    let base = try file.float("\(architecture).rope.freq_base", default: 10_000)
    for (key, value) in [("attention.layer_norm_rms_epsilon", eps), ("rope.freq_base", base)]
    where !(Float(value) > 0 && Float(value).isFinite) {
      throw GGUFError(
        path: file.path,
        .wrongValue(key: "\(architecture).\(key)", found: "\(value)", expected: "a float above 0"))
    }
    let embedding = try file.entry(named: LlamaTensor.embedding.name)
    self.init(
      vocabulary: embedding.rows, layers: try size("block_count", Self.layerLimit), width: width,
      heads: heads, keyHeads: keyHeads, headSize: headSize,
      hidden: try size("feed_forward_length", Self.sizeLimit), eps: Float(eps),
      contextLength: try size("context_length", Int(Int32.max)), rotaryBase: base,
      rotaryLayout: architecture == "llama" ? .interleaved : .halves,
      hasBiases: file.tensors[LlamaTensor.bias(.query, layer: 0).name] != nil,
      isTied: file.tensors[LlamaTensor.head.name] == nil)
  }
}

extension GGUFFile: WeightSource {
  package func tensor(named name: String, shape: [Int], lanes: Lanes) throws -> Tensor {
    try tensor(named: name, shape: Optional(shape), lanes: lanes)
  }

  package func blocks(named name: String, shape: [Int]) throws -> QuantizedMatrix? {
    try entry(named: name, shape: shape).type.blockCount == 1
      ? nil : try quantized(named: name, shape: shape)
  }
}

extension LanguageModel {
  /// The model of a GGUF file.
  ///
  /// - Throws: `GGUFError` for a file that is not sound, or of another architecture.
  package init(reading file: GGUFFile, lanes: Lanes) throws {
    try self.init(try LlamaConfiguration(file), weights: file, lanes: lanes)
  }
}
