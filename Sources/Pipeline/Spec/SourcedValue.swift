/// A value with the node it was written as and a phrase for where it comes from.
struct SourcedValue: Sendable {
  let value: Value
  let node: YAMLNode
  /// "default (spec.yaml:12)", "profile smoke (spec.yaml:30)", "command line".
  let origin: String

  /// The place of the value, or of one element of a list.
  func location(element index: Int?) -> SourceLocation {
    if let index, let items = node.items, items.indices.contains(index) {
      return items[index].location
    }
    return node.location
  }

  static func origin(_ what: String, _ location: SourceLocation) -> String {
    location.file == SourceLocation.commandLine ? location.file : "\(what) (\(location.shortText))"
  }
}

/// The sources behind an expression scope: where parameters and axis values were written.
struct SourceScope {
  let parameters: [String: SourcedValue]
  let matrix: [String: SourcedValue]
}

extension Template {
  /// Where the value of this template was written.
  ///
  /// A whole `${name}`, `${matrix.axis}` or `${matrix.axis.field}` leads to the definition, so that
  /// a refused value is shown where it can be mended; all else is its own source.
  func source(node: YAMLNode, in scope: SourceScope) -> SourcedValue {
    if case .whole(let expression, _) = self, let source = expression.source(in: scope) {
      return source
    }
    return SourcedValue(value: .null, node: node, origin: node.location.shortText)
  }
}

extension Expression {
  /// The definition that it leads to; `nil` where it computes something.
  func source(in scope: SourceScope) -> SourcedValue? {
    switch self {
    case .name(let name, _): return scope.parameters[name]
    case .field(.name("matrix", _), let axis, _): return scope.matrix[axis]
    case .field(let base, let name, _):
      guard let source = base.source(in: scope), let node = source.node[name] else { return nil }
      return SourcedValue(value: .null, node: node, origin: source.origin)
    case .index(let base, .literal(.int(let index)), _):
      guard let source = base.source(in: scope), let items = source.node.items,
        items.indices.contains(index)
      else { return nil }
      return SourcedValue(value: .null, node: items[index], origin: source.origin)
    default: return nil
    }
  }
}
