/// What a claim can assert (`expect:`); exactly one stands in each.
enum ClaimOperator: String, CaseIterable {
  case within
  case atLeast = "at_least"
  case atMost = "at_most"
  case between, equals
  case greaterBy = "greater_by"
  case lessBy = "less_by"
  case order
  case noWorseThan = "no_worse_than"

  /// The keys of the cells that it is about; an order has its cells in its own list.
  var operands: [String] {
    switch self {
    case .within, .atLeast, .atMost, .between, .equals, .noWorseThan: ["value"]
    case .greaterBy, .lessBy: ["left", "right"]
    case .order: []
    }
  }

  /// All keys that hold cells.
  static let cellKeys = ["value", "left", "right"]
}
