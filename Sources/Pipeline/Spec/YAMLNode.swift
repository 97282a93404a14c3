/// A node of a YAML document with its place in the file.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    /// `isPlain` is false for quoted and block scalars, which are always strings.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    case map([Entry])
  }

  struct Entry: Sendable {
    let key: String
    let keyLocation: SourceLocation
    let value: YAMLNode
  }

  let content: Content
  /// A scalar's length is exact; a block list or map has length 1.
  let location: SourceLocation
  /// Nodes of this tree with aliases expanded, for the limit on expansion.
  let size: Int
  /// Levels of this tree with aliases expanded; 1 for a scalar.
  let depth: Int

  init(_ content: Content, at location: SourceLocation) {
    self.content = content
    self.location = location
    switch content {
    case .scalar:
      size = 1
      depth = 1
    case .list(let items):
      size = items.reduce(1) { $0 + $1.size }
      depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    case .map(let entries):
      size = entries.reduce(1) { $0 + $1.value.size }
      depth = 1 + (entries.lazy.map(\.value.depth).max() ?? 0)
    }
  }
}

extension YAMLNode {
  /// The text of a scalar as written, without quotes.
  var text: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }

  var items: [YAMLNode]? {
    if case .list(let items) = content { items } else { nil }
  }

  var entries: [Entry]? {
    if case .map(let entries) = content { entries } else { nil }
  }

  subscript(key: String) -> YAMLNode? {
    entries?.first { $0.key == key }?.value
  }

  /// Whether this is a plain null (`key:` with nothing behind it, `null`, `~`).
  var isNull: Bool {
    if case .scalar(let text, isPlain: true) = content { return resolvePlainScalar(text) == .null }
    return false
  }

  /// The plain value, scalars resolved with the core schema.
  var value: Value {
    switch content {
    case .scalar(let text, let isPlain): isPlain ? resolvePlainScalar(text) : .string(text)
    case .list(let items): .list(items.map(\.value))
    case .map(let entries):
      .map(
        Dictionary(
          entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
    }
  }
}
