import Foundation

/// How positions become angles in one call: the model's own way unless told otherwise.
package struct RotarySettings: Sendable, Equatable {
  /// Replaces the model's base.
  package var base: Double?
  /// Divides positions (linear interpolation).
  package var scale: Double
  /// First position that is refused; nil: the model's context length.
  package var limit: Int?

  package init(base: Double? = nil, scale: Double = 1, limit: Int? = nil) {
    self.base = base
    self.scale = scale
    self.limit = limit
  }

  /// Linear interpolation of `length` tokens into the trained context: scale = max(1, N / w).
  ///
  /// - Source: Chen et al. 2023.
  package static func interpolated(length: Int, of model: LlamaConfiguration) -> RotarySettings {
    RotarySettings(
      scale: max(1, Double(length) / Double(model.contextLength)), limit: max(length, 1))
  }

  /// A larger base, so that the slowest pair turns as far over `length` tokens as it did in
  /// training: base s^(E / (E - 2)), s = max(1, N / w).
  ///
  /// - Parameters:
  ///   - length: N, tokens.
  ///   - factor: s; nil: from the length.
  ///   - model: gives w, E and the base.
  /// - Returns: the model's base where N is at most w and no factor is given.
  /// - Source: "NTK-aware" scaling, Peng et al. 2023 (YaRN), section 3.1.
  package static func stretched(
    length: Int, factor: Double? = nil, of model: LlamaConfiguration
  ) -> RotarySettings {
    let s = factor ?? max(1, Double(length) / Double(model.contextLength))
    let size = Double(model.headSize)
    return RotarySettings(
      base: model.rotaryBase * pow(s, size / (size - 2)), limit: max(length, 1))
  }

  /// The angles of positions.
  func positions(_ positions: [Int], of model: LlamaConfiguration) -> RotaryPositions {
    RotaryPositions(
      positions, headSize: model.headSize, base: base ?? model.rotaryBase, scale: scale,
      layout: model.rotaryLayout)
  }
}
