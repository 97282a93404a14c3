/// Bounds of a proportion.
package enum WilsonInterval {
  /// The 95 % score interval of `successes` among `trials`, inside 0...1.
  ///
  /// - Source: Wilson 1927.
  package static func bounds(_ successes: Int, of trials: Int) -> (low: Double, high: Double) {
    guard trials > 0 else { return (0, 1) }
    let (n, z) = (Double(trials), 1.959963984540054)
    let p = Double(successes) / n
    let center = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return (max(0, (center - spread) / scale), min(1, (center + spread) / scale))
  }
}
