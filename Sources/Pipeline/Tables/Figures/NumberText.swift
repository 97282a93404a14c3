import Foundation

/// Numbers as people read them: the same text on every machine.
package enum NumberText {
  /// With a fixed count of decimals; a rounded zero has no sign.
  package static func fixed(_ number: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", number)
    let isZero = text.allSatisfy { "-0.".contains($0) }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  /// With at most this many decimals, trailing zeros dropped ("0.5", "10").
  package static func short(_ number: Double, decimals: Int = 2) -> String {
    var text = fixed(number, decimals: decimals)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
