/// Sizes that OpenAI's weights tell.
extension CLIPConfiguration {
  /// The configuration that the shapes of an OpenAI file show, and what they do not show. The MLP
  /// is four times as wide as the tower.
  ///
  /// - Throws: `CLIPFileError` when a weight is missing or sizes do not fit each other.
  init(
    openAI file: SafeTensorsFile, activation: Activation, headWidth: Int
  ) throws(CLIPFileError) {
    func shape(_ key: String, rank: Int) throws(CLIPFileError) -> [Int] {
      guard let shape = file.entries[key]?.shape else {
        throw .missing(path: file.path, key: key)
      }
      guard shape.count == rank, shape.allSatisfy({ (1..<(1 << 24)).contains($0) }) else {
        throw .badConfiguration(path: file.path, field: key, what: "its shape is \(shape)")
      }
      return shape
    }
    func tower(_ prefix: String, width: Int) throws(CLIPFileError) -> Tower {
      var layers = 0
      while layers < 256, file.entries["\(prefix).\(layers).ln_1.weight"] != nil { layers += 1 }
      guard width % headWidth == 0, layers >= 1 else {
        throw .badConfiguration(
          path: file.path, field: prefix,
          what: "\(layers) layers of width \(width) are no tower with heads of \(headWidth)")
      }
      return Tower(
        width: width, layers: layers, heads: width / headWidth, activation: activation)
    }
    try CLIPWeightNames.openAI.requireClassToken(in: file)
    let patches = try shape("visual.conv1.weight", rank: 4)
    let positions = try shape("visual.positional_embedding", rank: 2)
    let side = Int(Double(positions[0] - 1).squareRoot())
    guard side >= 1, side * side + 1 == positions[0], patches[3] < 1 << 13, side < 1 << 13 else {
      throw .badConfiguration(
        path: file.path, field: "visual.positional_embedding",
        what: "\(positions[0]) positions are no square grid and a class token")
    }
    let (tokens, context) = (
      try shape("token_embedding.weight", rank: 2), try shape("positional_embedding", rank: 2)
    )
    guard context[0] >= 2 else {
      throw .badConfiguration(
        path: file.path, field: "positional_embedding", what: "its shape is \(context)")
    }
    self.init(
      vision: try tower("visual.transformer.resblocks", width: patches[0]),
      text: try tower("transformer.resblocks", width: tokens[1]),
      imageSize: side * patches[3], patchSize: patches[3], vocabulary: tokens[0],
      context: context[0], joint: try shape("text_projection", rank: 2)[1])
  }
}
