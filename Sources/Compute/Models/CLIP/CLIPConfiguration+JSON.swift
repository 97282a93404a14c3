import Foundation

/// Hugging Face's `config.json`. What it leaves out has the value that `CLIPConfig` documents.
extension CLIPConfiguration {
  private struct File: Codable {
    var projection_dim: Int?
    var vision_config: TowerFields?
    var text_config: TowerFields?
  }

  private struct TowerFields: Codable {
    var hidden_size: Int?
    var intermediate_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var hidden_act: String?
    var layer_norm_eps: Double?
    var image_size: Int?
    var patch_size: Int?
    var vocab_size: Int?
    var max_position_embeddings: Int?
  }

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - data: the JSON text.
  ///   - path: for errors.
  /// - Throws: `CLIPFileError.badConfiguration`, which names the field.
  package init(json data: Data, path: String) throws(CLIPFileError) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: data)
    } catch {
      throw .badConfiguration(
        path: path, field: "the file", what: "it is not the JSON object of a CLIPConfig")
    }
    let (vision, text) = (file.vision_config ?? TowerFields(), file.text_config ?? TowerFields())
    func size(
      _ value: Int?, _ otherwise: Int, _ field: String, below limit: Int = 1 << 16
    ) throws(CLIPFileError) -> Int {
      let value = value ?? otherwise
      guard (1..<limit).contains(value) else {
        throw .badConfiguration(path: path, field: field, what: "\(value) is outside 1..<\(limit)")
      }
      return value
    }
    let (imageSize, patchSize) = (
      try size(vision.image_size, 224, "vision_config.image_size", below: 1 << 13),
      try size(vision.patch_size, 32, "vision_config.patch_size", below: 1 << 13)
    )
    guard imageSize % patchSize == 0 else {
      throw .badConfiguration(
        path: path, field: "vision_config.patch_size",
        what: "\(patchSize) does not divide the image size \(imageSize)")
    }
    let vocabulary = try size(text.vocab_size, 49_408, "text_config.vocab_size", below: 1 << 24)
    let context = try size(
      text.max_position_embeddings, 77, "text_config.max_position_embeddings")
    guard context >= 2 else {
      throw .badConfiguration(
        path: path, field: "text_config.max_position_embeddings",
        what: "\(context) leaves no room for a start and an end")
    }
    self.init(
      vision: try Self.tower(vision, "vision_config", path, (768, 12, 12, 3_072)),
      text: try Self.tower(text, "text_config", path, (512, 12, 8, 2_048)),
      imageSize: imageSize, patchSize: patchSize, vocabulary: vocabulary, context: context,
      joint: try size(file.projection_dim, 512, "projection_dim"))
  }

  private static func tower(
    _ fields: TowerFields, _ name: String, _ path: String,
    _ usual: (width: Int, layers: Int, heads: Int, hidden: Int)
  ) throws(CLIPFileError) -> Tower {
    func size(
      _ value: Int?, _ otherwise: Int, _ field: String, below limit: Int = 1 << 16
    ) throws(CLIPFileError) -> Int {
      let value = value ?? otherwise
      guard (1..<limit).contains(value) else {
        throw .badConfiguration(
          path: path, field: "\(name).\(field)", what: "\(value) is outside 1..<\(limit)")
      }
      return value
    }
    let activation = fields.hidden_act ?? Activation.quickGELU.rawValue
    guard let activation = Activation(rawValue: activation) else {
      throw .badConfiguration(
        path: path, field: "\(name).hidden_act",
        what: "\"\(activation)\" is not one of "
          + Activation.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let (width, heads) = (
      try size(fields.hidden_size, usual.width, "hidden_size"),
      try size(fields.num_attention_heads, usual.heads, "num_attention_heads")
    )
    guard width % heads == 0 else {
      throw .badConfiguration(
        path: path, field: "\(name).num_attention_heads",
        what: "\(heads) does not divide the width \(width)")
    }
    let eps = fields.layer_norm_eps ?? 1e-5
    guard eps > 0, eps < 1 else {
      throw .badConfiguration(
        path: path, field: "\(name).layer_norm_eps", what: "\(eps) is outside 0 < eps < 1")
    }
    return Tower(
      width: width,
      layers: try size(
        fields.num_hidden_layers, usual.layers, "num_hidden_layers", below: 257),
      heads: heads, hidden: try size(fields.intermediate_size, usual.hidden, "intermediate_size"),
      activation: activation, eps: Float(eps))
  }

  /// The configuration as `init(json:path:)` reads it, with sorted keys.
  package var json: Data {
    func fields(_ tower: Tower) -> TowerFields {
      var fields = TowerFields()
      fields.hidden_size = tower.width
      fields.intermediate_size = tower.hidden
      fields.num_hidden_layers = tower.layers
      fields.num_attention_heads = tower.heads
      fields.hidden_act = tower.activation.rawValue
      fields.layer_norm_eps = Double("\(tower.eps)")
      return fields
    }
    var (visionFields, textFields) = (fields(vision), fields(text))
    visionFields.image_size = imageSize
    visionFields.patch_size = patchSize
    textFields.vocab_size = vocabulary
    textFields.max_position_embeddings = context
    let file = File(
      projection_dim: joint, vision_config: visionFields, text_config: textFields)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      return try encoder.encode(file)
    } catch {
      preconditionFailure("numbers and names were not encoded: \(error)")
    }
  }
}
