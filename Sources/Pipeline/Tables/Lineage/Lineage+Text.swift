import Foundation

extension Lineage {
  /// An indented tree; an instance that stands above already is only named.
  package var treeText: String {
    var text = subject.title + "\n"
    var shown: Set<Int> = []
    // Entries still to write, the next one last: a chain of any length needs no recursion.
    var stack = subject.instances.reversed().map { (index: $0, level: 1, via: firstRelation) }
    while let (index, level, via) = stack.popLast() {
      guard distances[index] != nil else { continue }
      let margin = String(repeating: "  ", count: level)
      let isNew = shown.insert(index).inserted
      text += "\(margin)\(via)\(head(index))\(isNew ? "" : "  (above)")\n"
      if !isNew { continue }
      if direction == .behind {
        for line in details(index) { text += "\(margin)    \(line)\n" }
      }
      for (next, relation) in neighbours(of: index).reversed() {
        stack.append((next, level + 1, relation))
      }
    }
    if direction == .dependents { text += dependentsText }
    return text
  }

  private var firstRelation: String {
    if direction == .behind { return "made by " }
    return subject.isSource ? "read by " : ""
  }

  /// The neighbours in the direction of the lineage, with the word for how they are connected.
  private func neighbours(of index: Int) -> [(Int, String)] {
    switch direction {
    case .behind:
      document.instances[index].inputs.flatMap { binding in
        binding.sources.map { ($0.instance, "\(binding.slot) <- ") }
      }
    case .dependents: (consumers[index] ?? []).map { ($0, "read by ") }
    }
  }

  private func head(_ index: Int) -> String {
    let instance = document.instances[index]
    let key = instance.key.isEmpty ? "" : ", key \(instance.key.prefix(12))"
    return "\(instance.id)  \(instance.kind), \(instance.location.shortText)\(key)"
  }

  /// Parameters with their origins, data files, hashes of inputs.
  private func details(_ index: Int) -> [String] {
    let instance = document.instances[index]
    var lines = instance.files.map { "file \($0.name)  sha256 \($0.hash)" }
    lines += instance.inputs.flatMap { binding in
      binding.sources.compactMap { source in
        document.hash(of: source).map {
          "input \(binding.slot)  \(document.instances[source.instance].id).\(source.output)"
            + "  sha256 \($0.prefix(12))"
        }
      }
    }
    let parameters = instance.parameters
    let given = parameters.filter { !$0.origin.isEmpty }
    lines += given.map { "\($0.name) = \($0.value)  from \($0.origin)" }
    let defaults = parameters.filter { $0.origin.isEmpty }.map { "\($0.name) = \($0.value)" }
    if !defaults.isEmpty { lines.append("defaults: " + defaults.joined(separator: ", ")) }
    return lines
  }

  private static func depend(_ count: Int, _ noun: String) -> String {
    counted(count, noun) + (count == 1 ? " depends on it\n" : " depend on it\n")
  }

  private var dependentsText: String {
    var names: [String] = []
    for cell in cells where !names.contains(cell.table) { names.append(cell.table) }
    var text = cells.isEmpty ? "no cell depends on it\n" : Self.depend(cells.count, "cell")
    for name in names {
      let ours = cells.filter { $0.table == name }.map(\.description)
      let size = tableSizes[name] ?? ours.count
      if ours.count == size, size > 3 {
        text += "  all \(size) of \(name)\n"
        continue
      }
      let rest = ours.count > 6 ? " and \(ours.count - 6) more" : ""
      text += "  " + ours.prefix(6).joined(separator: " ") + rest + "\n"
    }
    text += claims.isEmpty ? "no claim depends on it\n" : Self.depend(claims.count, "claim")
    for claim in claims { text += "  \(claim.id)  \(claim.verdict.wording)\n" }
    return text
  }

  /// A graph for Graphviz, from producers to consumers.
  package var dot: String {
    func quoted(_ text: String) -> String {
      let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\"" + escaped.replacing("\n", with: "\\n") + "\""
    }
    var lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
    lines.append("  subject [shape=oval, label=\(quoted(subject.title))];")
    for index in distances.keys.sorted() {
      let instance = document.instances[index]
      lines.append("  i\(index) [label=\(quoted(instance.id + "\n" + instance.kind))];")
      for binding in instance.inputs {
        for source in binding.sources where distances[source.instance] != nil {
          lines.append("  i\(source.instance) -> i\(index) [label=\(quoted(binding.slot))];")
        }
      }
    }
    for index in subject.instances where distances[index] != nil {
      lines.append(
        subject.isSource || direction == .dependents
          ? "  subject -> i\(index);" : "  i\(index) -> subject;")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }
}

extension RunDocument {
  /// The content hash of what feeds an input; `nil` when it was not made.
  func hash(of source: InputBinding.Source) -> String? {
    instances[source.instance].outputs.first { $0.slot == source.output }?.hash
  }
}

extension RunInstance {
  /// The parameters of its key, each followed by its entries with an origin of their own; an empty
  /// origin is the stage type's default.
  var parameters: [(name: String, value: String, origin: String)] {
    parts.parts.flatMap { part -> [(name: String, value: String, origin: String)] in
      let (kind, name) = part.kindAndName
      guard kind == "parameter" else { return [] }
      return [(name, part.value, parameterOrigins[name] ?? "")] + entries(of: part)
    }
  }

  /// The entries of a parameter, by the part of the key that holds it, that have an origin of their
  /// own.
  func entries(of part: KeyParts.Part) -> [(name: String, value: String, origin: String)] {
    let (kind, name) = part.kindAndName
    guard kind == "parameter", part.value.hasPrefix("{") || part.value.hasPrefix("["),
      let value = try? Value(json: Data(part.value.utf8))
    else { return [] }
    return EntryPath.entries(of: value, named: name, in: parameterOrigins).map {
      ($0.path, $0.value.canonicalJSON, $0.origin)
    }
  }
}
