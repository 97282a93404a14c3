/// Where the values of a parameter come from.
extension Template {
  /// A parameter, or an entry of its map or list that an expression gives.
  struct Part: Sendable {
    /// "lr", "env.C"
    let path: String
    let template: Template
    let node: YAMLNode
    let isEntry: Bool

    /// Whether its origin may differ between instances.
    var readsMatrix: Bool {
      switch template {
      case .whole, .text: template.names.contains("matrix")
      case .constant, .list, .map, .malformed: false
      }
    }

    /// "command line" for what was written elsewhere; "scale, command line" for an entry that reads
    /// it; with the place of the expression, "scale, command line; spec.yaml:21", where it computes
    /// something of it; else the place where the value is written.
    func origin(in scope: SourceScope) -> String {
      let place = node.location.shortText
      switch template {
      case .whole(let expression, _):
        if !isEntry, let source = expression.source(in: scope) { return source.origin }
        let reads = expression.reads(in: scope)
        let isCopy = expression.source(in: scope) != nil
        return Self.joined(reads + (isCopy ? [] : [place]))
      case .text(let pieces):
        let reads = pieces.flatMap { piece -> [String] in
          if case .expression(let expression, _) = piece { expression.reads(in: scope) } else { [] }
        }
        return Self.joined(reads + [place])
      case .constant, .list, .map, .malformed: return place
      }
    }

    private static func joined(_ texts: [String]) -> String {
      var known: Set<String> = []
      return texts.filter { known.insert($0).inserted }.joined(separator: "; ")
    }
  }

  /// The value itself under its name, and every entry within that an expression gives.
  func parts(named path: String, _ node: YAMLNode) -> [Part] {
    [Part(path: path, template: self, node: node, isEntry: false)]
      + entries(in: path, node)
  }

  private func entries(in path: String, _ node: YAMLNode) -> [Part] {
    let inner: [(path: String, template: Template, node: YAMLNode?)]
    switch self {
    case .map(let fields):
      inner = fields.sorted { $0.key < $1.key }.map {
        (EntryPath.key($0.key, in: path), $0.value, node[$0.key])
      }
    case .list(let items):
      inner = zip(items.indices, items).map {
        (EntryPath.index($0, in: path), $1, node.items?[$0])
      }
    case .constant, .whole, .text, .malformed: return []
    }
    return inner.flatMap { path, template, node -> [Part] in
      guard let node else { return [] }
      switch template {
      case .whole, .text: return [Part(path: path, template: template, node: node, isEntry: true)]
      case .list, .map: return template.entries(in: path, node)
      case .constant, .malformed: return []
      }
    }
  }
}

extension Expression {
  /// What it reads, each with its origin: "scale, command line", "matrix.seed, axes (spec.yaml:4)".
  fileprivate func reads(in scope: SourceScope) -> [String] {
    switch self {
    case .literal: []
    case .name(let name, _): scope.parameters[name].map { ["\(name), \($0.origin)"] } ?? []
    case .field(.name("matrix", _), let axis, _):
      scope.matrix[axis].map { ["matrix.\(axis), \($0.origin)"] } ?? []
    case .field(let base, _, _), .not(let base, _), .negate(let base, _): base.reads(in: scope)
    case .index(let base, let index, _): base.reads(in: scope) + index.reads(in: scope)
    case .list(let items), .call(_, let items, _): items.flatMap { $0.reads(in: scope) }
    case .binary(_, let left, let right, _): left.reads(in: scope) + right.reads(in: scope)
    }
  }
}
