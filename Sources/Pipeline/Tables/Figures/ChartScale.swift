import Foundation

/// An axis from data to drawing units, with round tick values.
struct ChartScale {
  let lower: Double
  let upper: Double
  let ticks: [Double]
  /// Of the tick labels; `nil` for numbers too large or too close together to write them out.
  private let decimals: Int?

  /// Ends on round numbers (1, 2, 2.5 or 5 times a power of ten apart) around the values that are
  /// finite.
  init(covering values: [Double], fixed range: ClosedRange<Double>? = nil, targetTicks: Int = 6) {
    let values = values.filter(\.isFinite)
    var low = range?.lowerBound ?? values.min() ?? 0
    var high = range?.upperBound ?? values.max() ?? 1
    // Where the distance is no normal number, or is rounding, there is no step between.
    let least = max(Double.leastNormalMagnitude * Double(targetTicks), 1e-14 * abs(low))
    if high - low < least {
      let room = max(abs(low) * 0.1, 0.5)
      (low, high) = (
        max(low - room, -.greatestFiniteMagnitude), min(high + room, .greatestFiniteMagnitude)
      )
    }
    let count = Double(targetTicks)
    let distance = high - low
    let step = Self.roundStep(distance.isFinite ? distance / count : high / count - low / count)
    let first = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    ticks = (Int(first)...Int(last)).map { Double($0) * step }.filter(\.isFinite)
    lower = max(first * step, -.greatestFiniteMagnitude)
    upper = min(last * step, .greatestFiniteMagnitude)
    guard max(abs(lower), abs(upper)) < 1e18 else {
      decimals = nil
      return
    }
    decimals = (0...8).first { digits in
      let scaled = step * pow(10, Double(digits))
      return abs(scaled - scaled.rounded()) < 1e-6 * scaled
    }
  }

  private static func roundStep(_ raw: Double) -> Double {
    let power = pow(10, floor(log10(raw)))
    let factor = [1, 2, 2.5, 5, 10].first { raw <= $0 * power * (1 + 1e-9) } ?? 10
    return factor * power
  }

  /// One tick per category, at 0, 1, 2...
  init(categories count: Int) {
    lower = -0.5
    upper = Double(max(count, 1)) - 0.5
    ticks = (0..<count).map(Double.init)
    decimals = 0
  }

  /// Where a value lies between the ends, 0...1.
  func share(_ value: Double) -> Double { value.share(from: lower, to: upper) }

  func label(_ tick: Double, leastDecimals: Int = 0) -> String {
    decimals.map { NumberText.fixed(tick, decimals: max($0, leastDecimals)) }
      ?? NumberText.significant(tick)
  }
}

extension Double {
  /// Where it lies between two ends, 0...1. Of their halves, which are exact: the distance of the
  /// ends themselves can be too large for a number.
  func share(from lower: Double, to upper: Double) -> Double {
    (self / 2 - lower / 2) / (upper / 2 - lower / 2)
  }
}
