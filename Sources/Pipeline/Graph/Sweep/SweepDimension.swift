import Foundation

/// One parameter of a sweep with the values it may take: `lr=0.1,0.2`, `n=1..5`,
/// `lr=1e-4..1e-1:log`, `x=0..1:0.25`.
package struct SweepDimension: Sendable, Hashable {
  /// A closed range of numbers.
  package struct Range: Sendable, Hashable {
    let low: Double
    let high: Double
    /// Whether both ends are written as integers: then all values are.
    let isInteger: Bool
    let isLogarithmic: Bool
    /// Distance of the values from `low` on; `nil` where any number may come.
    let step: Double?
  }

  package enum Values: Sendable, Hashable {
    case list([String])
    case range(Range)
  }

  package let name: String
  /// As written, `name=values`.
  package let text: String
  package let values: Values

  /// Whether there is anything to choose: one value alone is an override.
  package var varies: Bool {
    if case .list(let texts) = values { texts.count > 1 } else { true }
  }

  /// - Throws: ``Diagnostic`` when the text is not of one of these forms.
  package init(parsing text: String) throws(Diagnostic) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw Self.refusal(text, "has no name", "write name=value,value or name=low..high")
    }
    self.text = text
    name = String(text[..<equals])
    let pieces = Self.split(text[text.index(after: equals)...])
    if pieces.count == 1, let range = try Self.range(pieces[0], text) {
      values = .range(range)
      return
    }
    guard !pieces.contains("") else {
      throw Self.refusal(text, "has an empty value", "remove the extra comma")
    }
    guard Set(pieces).count == pieces.count else {
      throw Self.refusal(text, "has a value twice", "remove one")
    }
    values = .list(pieces)
  }

  /// Pieces between the commas that are not within brackets or quotes.
  private static func split(_ text: Substring) -> [String] {
    var depth = 0
    var quote: Character?
    let pieces = text.split(omittingEmptySubsequences: false) { character in
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if "[{".contains(character) {
        depth += 1
      } else if "]}".contains(character) {
        depth -= 1
      }
      return character == "," && depth == 0 && quote == nil
    }
    return pieces.map(String.init)
  }

  /// `low..high`, `low..high:step` or `low..high:log`; `nil` for any other text.
  private static func range(_ piece: String, _ text: String) throws(Diagnostic) -> Range? {
    guard let dots = piece.firstRange(of: ".."), let low = number(piece[..<dots.lowerBound]) else {
      return nil
    }
    let sides = piece[dots.upperBound...].split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let high = number(sides[0]) else { return nil }
    guard low.value < high.value else {
      throw refusal(text, "runs backwards", "write the smaller number first")
    }
    let isInteger = low.isInteger && high.isInteger
    guard sides.count == 2 else {
      return Range(
        low: low.value, high: high.value, isInteger: isInteger, isLogarithmic: false, step: nil)
    }
    if sides[1] == "log" {
      guard low.value > 0 else {
        throw refusal(text, "has no logarithm at \(low.value)", "start above 0")
      }
      return Range(
        low: low.value, high: high.value, isInteger: isInteger, isLogarithmic: true, step: nil)
    }
    guard let step = number(sides[1]), step.value > 0 else {
      throw refusal(
        text, "ends with ':\(sides[1])'", "write a step above 0 (0..1:0.25), or log (1e-4..1:log)")
    }
    return Range(
      low: low.value, high: high.value, isInteger: isInteger && step.isInteger,
      isLogarithmic: false, step: step.value)
  }

  private static func number(_ text: Substring) -> (value: Double, isInteger: Bool)? {
    switch resolvePlainScalar(String(text)) {
    case .int(let whole): (Double(whole), true)
    case .double(let number) where number.isFinite: (number, false)
    default: nil
    }
  }

  static func refusal(_ text: String, _ what: String, _ fix: String) -> Diagnostic {
    Diagnostic(
      at: SourceLocation(whole: SourceLocation.commandLine), "'\(text)' \(what)",
      why: "a sweep takes lists (a,b) and ranges (low..high, low..high:step, low..high:log)",
      fix: fix)
  }
}

extension SweepDimension {
  /// Most values of one dimension in a grid.
  private static let gridLimit = 10_000

  /// All values, in order.
  ///
  /// - Throws: ``Diagnostic`` for a range without steps, and for too many of them.
  func grid() throws(Diagnostic) -> [String] {
    guard case .range(let range) = values else {
      if case .list(let texts) = values { return texts }
      return []
    }
    guard let step = range.step ?? (range.isInteger && !range.isLogarithmic ? 1 : nil) else {
      throw Self.refusal(
        text, "has no steps to make a grid of", "add a step (0..1:0.25), or use --strategy random")
    }
    let count = ((range.high - range.low) / step + 1e-9).rounded(.down) + 1
    guard count <= Double(Self.gridLimit) else {
      throw Self.refusal(
        text, "has more than \(Self.gridLimit) values", "take a larger step, or --strategy random")
    }
    return (0..<Int(count)).map { range.text(range.low + Double($0) * step) }
  }

  /// The value that a number from 0 up to 1 stands for, each equally likely.
  func value(at share: Double) -> String {
    switch values {
    case .list(let texts):
      return texts[min(Int(share * Double(texts.count)), texts.count - 1)]
    case .range(let range):
      if let step = range.step ?? (range.isInteger && !range.isLogarithmic ? 1 : nil) {
        let count = ((range.high - range.low) / step + 1e-9).rounded(.down) + 1
        return range.text(range.low + (share * count).rounded(.down) * step)
      }
      let number =
        range.isLogarithmic
        ? exp(log(range.low) + share * (log(range.high) - log(range.low)))
        : range.low + share * (range.high - range.low)
      return range.text(min(max(number, range.low), range.high))
    }
  }
}

extension SweepDimension.Range {
  /// Integers whole, other numbers with six significant digits: short to read and to repeat.
  fileprivate func text(_ number: Double) -> String {
    if isInteger { return String(Int(number.rounded())) }
    let rounded = Double(String(format: "%.6g", number)) ?? number
    return Value.double(min(max(rounded, low), high)).canonicalJSON
  }
}
