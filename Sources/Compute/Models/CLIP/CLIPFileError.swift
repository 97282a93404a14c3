/// Why a CLIP model was not read.
package enum CLIPFileError: Error, Equatable, CustomStringConvertible {
  case unknownLayout(path: String)
  case noClassToken(path: String)
  case missing(path: String, key: String)
  case wrongShape(path: String, key: String, found: [Int], expected: [Int])
  case badConfiguration(path: String, field: String, what: String)
  case notFinite(path: String, key: String)
  case untold(path: String)

  package var description: String {
    switch self {
    case .unknownLayout(let path):
      return "\(path): no CLIP weights: neither \"visual_projection.weight\" (Hugging Face) nor "
        + "\"visual.conv1.weight\" (OpenAI) is in it\n"
        + "fix: give the safetensors file of a CLIP with a vision transformer"
    case .noClassToken(let path):
      return "\(path): the image tower has no class token: the method needs a class-token ViT\n"
        + "fix: give a CLIP with a vision transformer, as ViT-B/32; towers of convolutions pool "
        + "their features"
    case .missing(let path, let key):
      return "\(path): weight \"\(key)\" is missing\n"
        + "fix: give the whole model, and the configuration that belongs to it"
    case .wrongShape(let path, let key, let found, let expected):
      return "\(path): weight \"\(key)\" has shape \(found), the configuration asks for "
        + "\(expected)\nfix: give the configuration that belongs to these weights"
    case .notFinite(let path, let key):
      return "\(path): weight \"\(key)\" holds values that are no finite numbers\n"
        + "fix: give the weights of a training that ended well"
    case .untold(let path):
      return "\(path): under OpenAI's names no weight tells the activation of the MLPs and the "
        + "width of heads\nfix: put config.json beside the file, or write activation: quick_gelu "
        + "(OpenAI's own models) or gelu (LAION's), and head_width where it is not 64"
    case .badConfiguration(let path, let field, let what):
      return "\(path): \(field): \(what)\nfix: give the config.json that belongs to the weights"
    }
  }
}
