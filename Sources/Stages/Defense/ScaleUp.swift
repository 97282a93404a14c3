import Compute

/// Scaled prediction consistency, the statistic behind Scale-Up.
///
///     SPC(x) = (1 / |S|) sum over n in S of [ argmax f(min(1, n x)) = argmax f(x) ]
///
/// with x in 0...1 before normalisation: on bytes, the scaled image is exactly min(255, n x).
/// A trigger often survives saturation where the content of an image does not.
///
/// Source: Guo et al. 2023 (SCALE-UP).
package enum ScaleUp {
  /// Images with every byte multiplied and cut at 255.
  package static func amplified(_ images: ByteTensor, by factor: Int) -> ByteTensor {
    let table = (0...255).map { UInt8(min(255, factor * $0)) }
    return ByteTensor(images.shape) { target in
      images.withUnsafeBytes { source in
        for index in 0..<images.count { target[index] = table[Int(source[index])] }
      }
    }
  }

  /// For each image, the share of scaled predictions that equal the reference class.
  ///
  /// - Parameters:
  ///   - reference: one class per image: its prediction, or its true label.
  ///   - scaled: for each scale, one prediction per image.
  /// - Returns: one SPC per image, 0...1.
  package static func consistency(of reference: [Int32], scaled: [[Int32]]) -> [Double] {
    reference.indices.map { image in
      Double(scaled.count { $0[image] == reference[image] }) / Double(max(1, scaled.count))
    }
  }

  /// What clean images say about SPC: mean and deviation, globally and for each class.
  package struct Reference: Sendable {
    /// Below this, a deviation is not trusted where classes have their own.
    private static let smallestDeviation = 0.01

    package let mean: Double
    /// With divisor n - 1; 0 when all values agree.
    package let deviation: Double
    private let byClass: [Int32: (mean: Double, deviation: Double)]
    /// What a class without statistics of its own gets.
    private let fallback: (mean: Double, deviation: Double)

    /// Statistics of clean images: their SPC against the true label, and these labels.
    ///
    /// With `perClass`, every class with two images or more also has its own, and no deviation
    /// counts as less than 0.01.
    ///
    /// - Precondition: two values or more; without `perClass` they do not all agree, or no image
    ///   is scored.
    package init(consistency: [Double], labels: [UInt8], perClass: Bool) {
      guard let mean = Summary.mean(consistency), let deviation = Summary.deviation(consistency)
      else { preconditionFailure("scale-up: \(consistency.count) reference values, 2 needed") }
      self.mean = mean
      self.deviation = deviation
      var byClass: [Int32: (mean: Double, deviation: Double)] = [:]
      for label in Set(labels) where perClass {
        let own = zip(labels, consistency).filter { $0.0 == label }.map(\.1)
        if let mean = Summary.mean(own), let deviation = Summary.deviation(own) {
          byClass[Int32(label)] = (mean, max(deviation, Self.smallestDeviation))
        }
      }
      self.byClass = byClass
      fallback = (mean, perClass ? max(deviation, Self.smallestDeviation) : deviation)
    }

    /// `(SPC - mean) / deviation`, with the statistics of the predicted class where there are any.
    package func score(_ consistency: Double, predicted: Int32) -> Double {
      let own = byClass[predicted] ?? fallback
      return (consistency - own.mean) / own.deviation
    }
  }
}
