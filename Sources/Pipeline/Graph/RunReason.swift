/// Why an instance is not served from the cache.
package enum RunReason: Sendable, Hashable {
  /// No run of this instance is known.
  case neverRun
  /// Nothing differs, but the result is no longer stored.
  case notStored
  /// Its contents are not kept, and this instance needs them.
  case notKept(consumer: String)
  /// The user asked for it.
  case forced
  case type(old: String, new: String)
  case version(old: String, new: String)
  /// The sources that compute the stage were edited.
  case code
  case numerics(old: String, new: String)
  /// Old and new as canonical JSON, `nil` where the parameter did not exist.
  case parameter(String, old: String?, new: String?, origin: String)
  /// The one entry of a map or list that differs, by its path ("env.C").
  case entry(String, old: String?, new: String?, origin: String)
  /// The content of an input differs, or comes from other instances.
  case input(slot: String, producers: [String])
  case file(String)

  /// One clause for `plan` and `explain`.
  package var text: String {
    switch self {
    case .neverRun: "it has not run yet"
    case .notStored: "its result is no longer stored"
    case .notKept(let consumer): "its output is not kept, and \(consumer) needs it"
    case .forced: "forced"
    case .type(let old, let new): "the stage type was \(old), now \(new)"
    case .version(let old, let new): "the stage's version was \(old), now \(new)"
    case .code: "the code that computes it was edited"
    case .numerics(let old, let new): "the machine's arithmetic was \(old), now \(new)"
    case .parameter(let name, let old?, let new?, let origin):
      "\(name) was \(old), now \(new) from \(origin)"
    case .parameter(let name, nil, let new, let origin):
      "\(name) is new: \(new ?? "null") from \(origin)"
    case .parameter(let name, let old, nil, _), .entry(let name, let old, nil, _):
      "\(name) was \(old ?? "null"), now gone"
    case .entry(let path, let old?, let new?, let origin):
      "\(path) was \(old), now \(new) (\(origin))"
    case .entry(let path, nil, let new?, let origin): "\(path) is new: \(new) (\(origin))"
    case .input(let slot, let producers):
      "its input '\(slot)' changed"
        + (producers.isEmpty ? "" : " (from " + RunReason.listed(producers) + ")")
    case .file(let name): "the file '\(name)' changed"
    }
  }

  /// What differs from the parts of an earlier run.
  ///
  /// - Parameters:
  ///   - previous: the parts of the instance's last run; `nil` if there was none.
  ///   - current: its parts now.
  ///   - instance: gives the origins of parameters.
  ///   - graph: names the producers of inputs.
  ///   - ignoringInputs: whether inputs are not known yet and so not compared.
  /// - Returns: at least one reason, unless inputs are ignored.
  package static func reasons(
    from previous: KeyParts?, to current: KeyParts, of instance: Instance, in graph: Graph,
    ignoringInputs: Bool = false
  ) -> [RunReason] {
    guard let previous else { return [.neverRun] }
    let old = Dictionary(
      previous.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let new = Dictionary(
      current.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let changed = Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
    let reasons = changed.flatMap { name -> [RunReason] in
      if ignoringInputs, name.hasPrefix("input.") { return [] }
      return self.reasons(name, old[name], new[name], instance, graph)
    }
    return reasons.isEmpty && !ignoringInputs ? [.notStored] : reasons
  }

  /// What one part says; of a parameter, each entry that differs.
  private static func reasons(
    _ name: String, _ old: String?, _ new: String?, _ instance: Instance, _ graph: Graph
  ) -> [RunReason] {
    let (kind, rest) = KeyParts.Part(name: name, value: "").kindAndName
    switch kind {
    case "type": return [.type(old: old ?? "", new: new ?? "")]
    case "version": return [.version(old: old ?? "", new: new ?? "")]
    case "code": return [.code]
    case "numerics": return [.numerics(old: old ?? "none", new: new ?? "none")]
    case "parameter":
      return ParameterChange.changes(
        in: rest, from: old, to: new, origins: instance.parameterOrigins
      )
      .map { change in
        change.isEntry
          ? .entry(change.path, old: change.old, new: change.new, origin: change.origin)
          : .parameter(change.path, old: change.old, new: change.new, origin: change.origin)
      }
    case "input":
      let sources = instance.inputs.first { $0.slot == rest }?.sources ?? []
      return [.input(slot: rest, producers: sources.map { graph.instances[$0.instance].id })]
    default: return [.file(rest)]
    }
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ")
      + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }
}
