/// Texts with units: `90s`, `512MiB`, `5%`.
package enum Units {
  static let durations = "a number and a unit: 500ms, 90s, 10m, 2h, 1d"
  static let sizes = "a number and a unit: 512MiB, 2GB (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB)"

  /// Seconds; `nil` when the text is not a positive duration.
  package static func seconds(_ text: String) -> Double? {
    amount(text, ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400]).flatMap {
      $0 > 0 && $0 <= 1e9 ? $0 : nil
    }
  }

  /// Bytes; `nil` when the text is not a positive size.
  package static func bytes(_ text: String) -> Int? {
    let units: [String: Double] = [
      "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20,
      "GiB": 0x1p30, "TiB": 0x1p40,
    ]
    return amount(text, units).flatMap { $0 >= 1 && $0 <= 0x1p60 ? Int($0) : nil }
  }

  /// The fraction that a percentage stands for; `nil` when the text is not one.
  static func fraction(percent text: String) -> Double? {
    amount(text, ["%": 0.01])
  }

  private static func amount(_ text: String, _ units: [String: Double]) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" || $0 == "+" }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let factor = units[String(unit)] else { return nil }
    let amount: Double
    switch resolvePlainScalar(String(digits)) {
    case .int(let whole): amount = Double(whole)
    case .double(let number): amount = number
    default: return nil
    }
    // Dividing keeps 5% the double nearest to 0.05.
    return factor < 1 ? amount / (1 / factor) : amount * factor
  }
}
