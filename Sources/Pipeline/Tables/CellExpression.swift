/// A selection of table cells, alone or under a function: `max(asr[train!=mix].worst)`.
///
/// Grammar:
///
///     expression = selector | function "(" selector ")"
///     function   = min | max | mean | range
///     selector   = view [ "[" term { "," term } "]" ] [ "." column ]
///     term       = axis ("=" | "!=") label { "|" label }
///
/// A label with other characters than letters, digits, `_`, `.`, `+`, `-` is quoted with `'`.
package struct CellExpression: Sendable, Hashable {
  package enum Function: String, Sendable, CaseIterable { case min, max, mean, range }

  package struct Term: Sendable, Hashable {
    package let axis: String
    package let isNegated: Bool
    package let labels: [String]

    package init(axis: String, isNegated: Bool, labels: [String]) {
      self.axis = axis
      self.isNegated = isNegated
      self.labels = labels
    }
  }

  /// The text as written, for messages.
  package let text: String
  package let function: Function?
  package let view: String
  package let terms: [Term]
  /// A derived column, a value column, or `nil` for the view's only value.
  package let column: String?

  package init(
    text: String, function: Function?, view: String, terms: [Term], column: String?
  ) {
    self.text = text
    self.function = function
    self.view = view
    self.terms = terms
    self.column = column
  }
}
