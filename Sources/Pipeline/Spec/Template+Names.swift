extension Template {
  /// The names that its expressions read: parameters, `matrix`, `profile`.
  var names: Set<String> {
    switch self {
    case .constant, .malformed: []
    case .whole(let expression, _): expression.names
    case .text(let pieces):
      pieces.reduce(into: []) { found, piece in
        if case .expression(let expression, _) = piece { found.formUnion(expression.names) }
      }
    case .list(let items): items.reduce(into: []) { $0.formUnion($1.names) }
    case .map(let fields): fields.values.reduce(into: []) { $0.formUnion($1.names) }
    }
  }
}

extension Expression {
  /// The names that it reads.
  var names: Set<String> {
    switch self {
    case .literal: []
    case .name(let name, _): [name]
    case .field(let base, _, _), .not(let base, _), .negate(let base, _): base.names
    case .index(let base, let index, _): base.names.union(index.names)
    case .list(let items), .call(_, let items, _):
      items.reduce(into: []) { $0.formUnion($1.names) }
    case .binary(_, let left, let right, _): left.names.union(right.names)
    }
  }
}
