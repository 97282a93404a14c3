/// One part in which two keys differ.
package struct KeyDifference: Sendable, Hashable {
  /// "parameter.lr", "code", "input.train"
  package let name: String
  /// Canonical JSON; `nil` where the part does not exist.
  package let old: String?
  package let new: String?
  /// Where the new value comes from: of a parameter its origin, of an input its producers.
  package let origin: String
  /// Whether it is an entry of a parameter that is a map or a list ("parameter.env.C").
  let isEntry: Bool

  /// The parts of an instance's key that differ from those of another.
  ///
  /// - Parameters:
  ///   - other: the key that it is held against.
  ///   - index: the instance in the document.
  ///   - document: names producers and origins.
  /// - Returns: the differences by name of the part; none when the keys are equal.
  package static func differences(
    from other: KeyParts, to index: Int, of document: RunDocument
  ) -> [KeyDifference] {
    let instance = document.instances[index]
    let old = Dictionary(other.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let new = Dictionary(
      instance.parts.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let changed = Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
    return changed.flatMap { name in
      let part = KeyParts.Part(name: name, value: "")
      let (kind, rest) = part.kindAndName
      guard kind == "parameter" else {
        return [
          KeyDifference(
            name: name, old: old[name], new: new[name],
            origin: origin(of: part, in: instance, document),
            isEntry: false)
        ]
      }
      return ParameterChange.changes(
        in: rest, from: old[name], to: new[name], origins: instance.parameterOrigins
      ).map { change in
        KeyDifference(
          name: "parameter.\(change.path)", old: change.old, new: change.new,
          origin: change.origin, isEntry: change.isEntry)
      }
    }
  }

  static func origin(
    of part: KeyParts.Part, in instance: RunInstance, _ document: RunDocument
  ) -> String {
    let (kind, name) = part.kindAndName
    switch kind {
    case "parameter": return instance.parameterOrigins[name] ?? "stage default"
    case "input":
      let sources = instance.inputs.first { $0.slot == name }?.sources ?? []
      let names = sources.map { "\(document.instances[$0.instance].id).\($0.output)" }
      return names.prefix(3).joined(separator: ", ")
        + (names.count > 3 ? " and \(names.count - 3) more" : "")
    default: return ""
    }
  }

  /// "parameter.epochs: 2 -> 3 from command line", "parameter.env.C: 10 -> 4 (scale, command line)"
  package var text: String {
    let (kind, _) = KeyParts.Part(name: name, value: "").kindAndName
    if kind == "input" || kind == "file" {
      let change = old == nil ? "is new" : new == nil ? "is gone" : "has other content"
      return "\(name): \(change)" + (origin.isEmpty ? "" : ", from \(origin)")
    }
    let change = "\(name): \(old ?? "none") -> \(new ?? "none")"
    if origin.isEmpty || new == nil { return change }
    return change + (isEntry ? " (\(origin))" : " from \(origin)")
  }
}
