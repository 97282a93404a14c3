/// Where the parameters of a CLIP stand in the files of others.
package enum CLIPWeightNames: Sendable {
  /// `CLIPModel` of the transformers library.
  case huggingFace
  /// The `state_dict` of OpenAI's and open_clip's modules.
  case openAI

  /// How a tensor of a file becomes ours.
  enum Form {
    /// As it is.
    case plain
    /// `[out, in]` to `[in, out]`.
    case transposed
    /// A convolution `[D, 3, P, P]` to `[P P 3, D]`.
    case patches
    /// A scalar to `[1]`.
    case scalar
  }

  /// One of our parameters: what a file holds of it, side by side where there are several.
  struct Source {
    let parameter: String
    let keys: [String]
    let form: Form

    init(_ parameter: String, _ keys: [String], _ form: Form) {
      self.parameter = parameter
      self.keys = keys
      self.form = form
    }
  }

  /// A key that only files of this layout have.
  var mark: String {
    switch self {
    case .huggingFace: "visual_projection.weight"
    case .openAI: "visual.conv1.weight"
    }
  }

  /// Refuses an image tower that pools its features: OpenAI's residual networks bear the same mark.
  func requireClassToken(in file: SafeTensorsFile) throws(CLIPFileError) {
    guard self == .openAI, file.entries["visual.class_embedding"] == nil else { return }
    throw .noClassToken(path: file.path)
  }

  /// All parameters of a model, in no order that matters.
  func sources(_ configuration: CLIPConfiguration) -> [Source] {
    func blocks(
      _ ours: String, _ theirs: String, _ tower: CLIPConfiguration.Tower
    ) -> [Source] {
      (0..<tower.layers).flatMap { block("\(ours).blocks.\($0)", "\(theirs).\($0)") }
    }
    let (vision, text) = (configuration.vision, configuration.text)
    switch self {
    case .huggingFace:
      let (image, words) = ("vision_model", "text_model")
      return [
        Source("vision.patches.weight", ["\(image).embeddings.patch_embedding.weight"], .patches),
        Source("vision.class_token", ["\(image).embeddings.class_embedding"], .plain),
        Source("vision.positions", ["\(image).embeddings.position_embedding.weight"], .plain),
        Source("vision.projection.weight", ["visual_projection.weight"], .transposed),
        Source("text.tokens", ["\(words).embeddings.token_embedding.weight"], .plain),
        Source("text.positions", ["\(words).embeddings.position_embedding.weight"], .plain),
        Source("text.projection.weight", ["text_projection.weight"], .transposed),
        Source("log_scale", ["logit_scale"], .scalar),
      ] + pair("vision.pre_norm", "\(image).pre_layrnorm", .plain)
        + pair("vision.norm", "\(image).post_layernorm", .plain)
        + pair("text.norm", "\(words).final_layer_norm", .plain)
        + blocks("vision", "\(image).encoder.layers", vision)
        + blocks("text", "\(words).encoder.layers", text)
    case .openAI:
      return [
        Source("vision.patches.weight", ["visual.conv1.weight"], .patches),
        Source("vision.class_token", ["visual.class_embedding"], .plain),
        Source("vision.positions", ["visual.positional_embedding"], .plain),
        Source("vision.projection.weight", ["visual.proj"], .plain),
        Source("text.tokens", ["token_embedding.weight"], .plain),
        Source("text.positions", ["positional_embedding"], .plain),
        Source("text.projection.weight", ["text_projection"], .plain),
        Source("log_scale", ["logit_scale"], .scalar),
      ] + pair("vision.pre_norm", "visual.ln_pre", .plain)
        + pair("vision.norm", "visual.ln_post", .plain)
        + pair("text.norm", "ln_final", .plain)
        + blocks("vision", "visual.transformer.resblocks", vision)
        + blocks("text", "transformer.resblocks", text)
    }
  }

  /// A weight and the bias beside it.
  private func pair(_ ours: String, _ theirs: String, _ form: Form) -> [Source] {
    [
      Source("\(ours).weight", ["\(theirs).weight"], form),
      Source("\(ours).bias", ["\(theirs).bias"], .plain),
    ]
  }

  private func block(_ ours: String, _ theirs: String) -> [Source] {
    switch self {
    case .huggingFace:
      let parts = ["q_proj", "k_proj", "v_proj"].map { "\(theirs).self_attn.\($0)" }
      return pair("\(ours).attention.norm", "\(theirs).layer_norm1", .plain)
        + [
          Source("\(ours).attention.qkv.weight", parts.map { "\($0).weight" }, .transposed),
          Source("\(ours).attention.qkv.bias", parts.map { "\($0).bias" }, .plain),
        ] + pair("\(ours).attention.output", "\(theirs).self_attn.out_proj", .transposed)
        + pair("\(ours).mlp.norm", "\(theirs).layer_norm2", .plain)
        + pair("\(ours).mlp.up", "\(theirs).mlp.fc1", .transposed)
        + pair("\(ours).mlp.down", "\(theirs).mlp.fc2", .transposed)
    case .openAI:
      return pair("\(ours).attention.norm", "\(theirs).ln_1", .plain)
        + [
          Source("\(ours).attention.qkv.weight", ["\(theirs).attn.in_proj_weight"], .transposed),
          Source("\(ours).attention.qkv.bias", ["\(theirs).attn.in_proj_bias"], .plain),
        ] + pair("\(ours).attention.output", "\(theirs).attn.out_proj", .transposed)
        + pair("\(ours).mlp.norm", "\(theirs).ln_2", .plain)
        + pair("\(ours).mlp.up", "\(theirs).mlp.c_fc", .transposed)
        + pair("\(ours).mlp.down", "\(theirs).mlp.c_proj", .transposed)
    }
  }
}
