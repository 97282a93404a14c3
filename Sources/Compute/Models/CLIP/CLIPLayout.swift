/// Where the parameters of a CLIP stand in its block: a plan without values.
struct CLIPLayout: Sendable {
  let parameters: ParameterLayout
  let vision: CLIPEncoder
  let text: CLIPEncoder
  let patchEmbedding: Projection
  let classToken: ParameterLayout.Entry
  let imagePositions: ParameterLayout.Entry
  let preNorm: TransformerNorm
  let tokenEmbedding: ParameterLayout.Entry
  let textPositions: ParameterLayout.Entry
  let logScale: ParameterLayout.Entry

  /// Lays a model out. First weights have the deviations of the original: 1 / sqrt(width) in the
  /// image tower, 0.02 and 0.01 for tokens and their positions.
  init(_ configuration: CLIPConfiguration) {
    var layout = ParameterLayout()
    let c = configuration
    let patch = c.patchSize * c.patchSize * 3
    let deviation = 1 / Double(c.vision.width).squareRoot()
    patchEmbedding = Projection(
      "vision.patches", from: patch, to: c.vision.width, hasBias: false,
      deviation: 1 / Double(patch).squareRoot(), layout: &layout)
    classToken = layout.add("vision.class_token", [c.vision.width], .normal(deviation: deviation))
    imagePositions = layout.add(
      "vision.positions", [c.gridSide * c.gridSide + 1, c.vision.width],
      .normal(deviation: deviation))
    preNorm = TransformerNorm(
      "vision.pre_norm", .layer(eps: c.vision.eps), c.vision.width, layout: &layout)
    vision = CLIPEncoder("vision", c.vision, joint: c.joint, isCausal: false, layout: &layout)
    tokenEmbedding = layout.add(
      "text.tokens", [c.vocabulary, c.text.width], .normal(deviation: Projection.deviation))
    textPositions = layout.add(
      "text.positions", [c.context, c.text.width], .normal(deviation: Projection.deviation / 2))
    text = CLIPEncoder("text", c.text, joint: c.joint, isCausal: true, layout: &layout)
    logScale = layout.add("log_scale", [1], .zeros)
    parameters = layout
  }
}
