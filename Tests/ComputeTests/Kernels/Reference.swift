import Compute

/// Which compilation of a kernel a test calls: the loader's choice or plain x86-64.
enum KernelVariant: CaseIterable {
  case native, baseline

  /// The function of this variant.
  func pick<F>(_ native: F, _ baseline: F) -> F { self == .native ? native : baseline }
}

/// Random numbers and comparisons with sums in float64.
enum Reference {
  /// Largest relative error of a float32 sum of a few thousand products in any order.
  static let sumTolerance = 2e-6
  /// Winograd F(4x4, 3x3) loses about three bits in its transforms.
  static let winogradTolerance = 8e-6

  /// Values in [-1, 1), the same for the same seed.
  static func values(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float(random.unit() * 2 - 1) }
  }

  /// Root mean square of the difference over that of the expected values.
  static func relativeError(_ values: [Float], _ expected: [Double]) -> Double {
    guard values.count == expected.count else { return .infinity }
    var (difference, size) = (0.0, 1e-30)
    for (value, wanted) in zip(values, expected) {
      difference += (Double(value) - wanted) * (Double(value) - wanted)
      size += wanted * wanted
    }
    return (difference / size).squareRoot()
  }
}
