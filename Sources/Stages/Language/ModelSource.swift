import Pipeline

/// A model that `model.load_gguf` can give.
enum ModelSource: String, CaseIterable, Sendable {
  case smollm2
  case random

  /// The catalogue entry; `nil` for the random model.
  var asset: Asset? { self == .smollm2 ? Assets.smolLM2 : nil }

  /// Its file below a data folder.
  var path: String? {
    asset.flatMap { asset in asset.files.first.map { "\(asset.name)/\($0.name)" } }
  }
}
