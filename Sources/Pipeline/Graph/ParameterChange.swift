import Foundation

/// What differs in one parameter between two keys: all of it or, within a map or a list, one entry.
struct ParameterChange: Hashable {
  /// "lr", "env.C", "scales[2]"
  let path: String
  /// Canonical JSON; `nil` where there is no such value.
  let old: String?
  let new: String?
  /// Where the new value comes from.
  let origin: String
  /// Whether it is a part of the parameter.
  let isEntry: Bool

  /// When more entries changed, the parameter is told as a whole.
  private static let entryLimit = 8

  /// - Parameters:
  ///   - name: of the parameter.
  ///   - old: its value in the other key as canonical JSON; `nil` when it has none there.
  ///   - new: its value in this key.
  ///   - origins: where values come from, by path; an entry without an origin of its own has that
  ///     of what it stands in.
  /// - Returns: the smallest values that account for the whole difference, at least one.
  static func changes(
    in name: String, from old: String?, to new: String?, origins: [String: String]
  ) -> [ParameterChange] {
    let origin = origins[name] ?? "stage default"
    let whole = ParameterChange(path: name, old: old, new: new, origin: origin, isEntry: false)
    guard let old, let new, let before = try? Value(json: Data(old.utf8)),
      let after = try? Value(json: Data(new.utf8))
    else { return [whole] }
    var found: [ParameterChange] = []
    collect(before, after, at: name, origin: origin, origins, into: &found)
    let isSplit = found.contains { $0.path != name }
    return isSplit && found.count <= entryLimit ? found : [whole]
  }

  /// Recursion ends: values are nested no deeper than YAML may be.
  private static func collect(
    _ old: Value?, _ new: Value?, at path: String, origin: String, _ origins: [String: String],
    into found: inout [ParameterChange]
  ) {
    let origin = origins[path] ?? origin
    switch (old, new) {
    case (.map(let before), .map(let after)):
      for key in Set(before.keys).union(after.keys).sorted() where before[key] != after[key] {
        collect(
          before[key], after[key], at: EntryPath.key(key, in: path), origin: origin, origins,
          into: &found)
      }
    case (.list(let before), .list(let after)) where before.count == after.count:
      for index in before.indices where before[index] != after[index] {
        collect(
          before[index], after[index], at: EntryPath.index(index, in: path), origin: origin,
          origins, into: &found)
      }
    default:
      found.append(
        ParameterChange(
          path: path, old: old?.canonicalJSON, new: new?.canonicalJSON, origin: origin,
          isEntry: true))
    }
  }
}
