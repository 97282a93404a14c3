import Foundation

/// How a table writes its numbers: `.2f` as 0.25, `.2e` as 2.50e-01.
package struct NumberStyle: Sendable, Hashable {
  /// Digits after the point.
  package var decimals: Int
  /// Whether with a power of ten, for numbers of very different sizes.
  package var isScientific = false

  package init(decimals: Int, isScientific: Bool = false) {
    self.decimals = decimals
    self.isScientific = isScientific
  }

  /// - Parameter pattern: `.Nf` or `.Ne` with N from 0 to 9; anything else gives `nil`.
  package init?(pattern: String) {
    guard pattern.hasPrefix("."), let kind = pattern.last, "fe".contains(kind),
      let digits = Int(pattern.dropFirst().dropLast()), (0...9).contains(digits)
    else { return nil }
    self.init(decimals: digits, isScientific: kind == "e")
  }

  /// The number with all digits of the form.
  package func text(_ number: Double) -> String {
    if isScientific { return String(format: "%.\(decimals)e", number == 0 ? 0 : number) }
    return NumberText.fixed(number, decimals: decimals)
  }

  /// The number in running text: without zeros at its end.
  package func shortText(_ number: Double) -> String {
    isScientific ? text(number) : NumberText.short(number, decimals: decimals)
  }

  /// With so many digits more.
  func finer(by digits: Int) -> NumberStyle {
    NumberStyle(decimals: decimals + digits, isScientific: isScientific)
  }

  /// With at least so many digits.
  func showing(atLeast digits: Int) -> NumberStyle {
    NumberStyle(decimals: max(decimals, digits), isScientific: isScientific)
  }

  /// The one of two that shows more.
  static func finest(_ a: NumberStyle, _ b: NumberStyle) -> NumberStyle {
    if a.isScientific != b.isScientific { return a.isScientific ? a : b }
    return a.decimals >= b.decimals ? a : b
  }
}

extension NumberStyle {
  /// The entries of a stored table or verdict that say it.
  var jsonEntries: [String: Value] {
    let digits: [String: Value] = ["decimals": .int(decimals)]
    return isScientific ? digits.merging(["scientific": .bool(true)]) { $1 } : digits
  }

  /// Reads ``jsonEntries`` among others.
  init?(jsonValue value: Value) {
    guard let decimals = value["decimals"]?.integer, (0...15).contains(decimals) else { return nil }
    self.init(decimals: decimals, isScientific: value["scientific"] == .bool(true))
  }
}
