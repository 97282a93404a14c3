import Foundation

/// How the learning rate moves over training.
package enum LearningRateSchedule: String, Sendable, CaseIterable {
  /// The peak all the time.
  case constant
  /// Cosine from the peak in the first epoch towards 0, constant within an epoch:
  /// `lr = peak (1 + cos(pi epoch / epochs)) / 2`, epochs counted from 0.
  case cosine
  /// One cycle by step: cosine from peak/25 up to the peak over the first fifth of the steps,
  /// cosine down to peak/250,000 at the last step.
  case oneCycle = "one_cycle"

  /// The rate of one step.
  ///
  /// - Parameters:
  ///   - step: counted from 0 over the whole training.
  ///   - stepsPerEpoch: at least 1.
  ///   - epochs: at least 1.
  ///   - peak: the largest rate.
  /// - Returns: the rate, between 0 and `peak`.
  package func rate(step: Int, stepsPerEpoch: Int, epochs: Int, peak: Double) -> Double {
    switch self {
    case .constant:
      return peak
    case .cosine:
      return peak * (1 + cos(Double.pi * Double(step / stepsPerEpoch) / Double(epochs))) / 2
    case .oneCycle:
      let last = Double(stepsPerEpoch * epochs - 1)
      let top = max(0, 0.2 * (last + 1) - 1)
      let (low, floor) = (peak / 25, peak / 250_000)
      if Double(step) <= top, top > 0 {
        return Self.cosine(from: low, to: peak, at: Double(step) / top)
      }
      return Self.cosine(from: peak, to: floor, at: (Double(step) - top) / max(1, last - top))
    }
  }

  /// Half a cosine from `start` (at 0) to `end` (at 1).
  private static func cosine(from start: Double, to end: Double, at place: Double) -> Double {
    end + (start - end) * (1 + cos(Double.pi * place)) / 2
  }
}
