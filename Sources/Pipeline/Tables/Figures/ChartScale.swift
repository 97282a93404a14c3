import Foundation

/// An axis from data to drawing units, with round tick values.
struct ChartScale {
  let lower: Double
  let upper: Double
  let ticks: [Double]
  let decimals: Int

  /// Ends on round numbers (1, 2, 2.5 or 5 times a power of ten apart) around the values.
  init(covering values: [Double], fixed range: ClosedRange<Double>? = nil, targetTicks: Int = 6) {
    var low = range?.lowerBound ?? values.min() ?? 0
    var high = range?.upperBound ?? values.max() ?? 1
    if high <= low {
      let room = max(abs(low) * 0.1, 0.5)
      (low, high) = (low - room, high + room)
    }
    let step = Self.roundStep((high - low) / Double(targetTicks))
    let first = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    ticks = (Int(first)...Int(last)).map { Double($0) * step }
    lower = first * step
    upper = last * step
    decimals =
      (0...8).first { digits in
        let scaled = step * pow(10, Double(digits))
        return abs(scaled - scaled.rounded()) < 1e-6 * scaled
      } ?? 8
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
  func share(_ value: Double) -> Double { (value - lower) / (upper - lower) }

  func label(_ tick: Double) -> String { NumberText.fixed(tick, decimals: decimals) }
}
