/// How a value within a parameter is named: `env.C` in a map, `scales[2]` in a list.
package enum EntryPath {
  static func key(_ key: String, in path: String) -> String { "\(path).\(key)" }
  static func index(_ index: Int, in path: String) -> String { "\(path)[\(index)]" }

  /// The entries within a value that have an origin of their own.
  ///
  /// - Parameters:
  ///   - value: of a parameter.
  ///   - name: of the parameter.
  ///   - origins: by path.
  /// - Returns: path, value and origin, by the order of keys and elements.
  package static func entries(
    of value: Value, named name: String, in origins: [String: String]
  ) -> [(path: String, value: Value, origin: String)] {
    let inner: [(String, Value)]
    switch value {
    case .map(let fields):
      inner = fields.sorted { $0.key < $1.key }.map { (key($0.key, in: name), $0.value) }
    case .list(let items):
      inner = items.enumerated().map { (index($0.offset, in: name), $0.element) }
    default: return []
    }
    return inner.flatMap { path, value in
      (origins[path].map { [(path, value, $0)] } ?? [])
        + entries(of: value, named: path, in: origins)
    }
  }
}
