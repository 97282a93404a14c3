import Foundation

/// Numbers as people read them: the same text on every machine.
package enum NumberText {
  /// With a fixed count of decimals; a rounded zero has no sign.
  package static func fixed(_ number: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", number)
    let isZero = text.allSatisfy { "-0.".contains($0) }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  /// With three significant digits, whatever its size ("2.5e-09", "1e+300").
  package static func significant(_ number: Double) -> String { String(format: "%.3g", number) }

  /// The text of a number, unless it makes a zero of one that is none: then with three significant
  /// digits.
  package static func keeping(_ number: Double, as text: String) -> String {
    number == 0 || text.contains { ("1"..."9").contains($0) } ? text : significant(number)
  }

  /// With at most this many decimals, trailing zeros dropped ("0.5", "10").
  package static func short(_ number: Double, decimals: Int = 2) -> String {
    var text = fixed(number, decimals: decimals)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
