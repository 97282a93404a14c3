extension StageGraph {
  /// Graphviz.
  package func dot(title: String) -> String {
    var lines = [
      "digraph {", "  label=\(Self.quoted(title)); labelloc=t; rankdir=LR;",
      "  node [shape=box, style=rounded, fontname=\"Helvetica\"];",
    ]
    for (index, node) in nodes.enumerated() {
      lines.append("  n\(index) [label=\(Self.quoted(label(node, separator: "\n")))];")
    }
    for edge in edges {
      let style = edge.isOrder ? " [style=dashed]" : edge.isGathered ? " [penwidth=2]" : ""
      lines.append("  n\(edge.from) -> n\(edge.to)\(style);")
    }
    return (lines + ["}"]).map { $0 + "\n" }.joined()
  }

  /// A Mermaid flowchart, as wikis and code hosts draw it.
  package var mermaid: String {
    var lines = ["flowchart LR"]
    for (index, node) in nodes.enumerated() {
      lines.append("  n\(index)[\"\(Self.mermaidText(label(node, separator: "\n")))\"]")
    }
    for edge in edges {
      let arrow = edge.isOrder ? "-.->" : edge.isGathered ? "==>" : "-->"
      lines.append("  n\(edge.from) \(arrow) n\(edge.to)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// One line for each node: name, count, type, states, and what it reads.
  package var text: String {
    let width = nodes.map { $0.name.count }.max() ?? 0
    let counts = nodes.map { "×\($0.count)" }
    let countWidth = counts.map(\.count).max() ?? 0
    let kindWidth = nodes.map { $0.kind.count }.max() ?? 0
    return nodes.indices.map { index in
      let node = nodes[index]
      var line = Self.padded(node.name, width) + "  " + Self.padded(counts[index], countWidth)
      line += "  " + Self.padded(node.kind, kindWidth)
      if !node.states.isEmpty { line += "  \(node.stateText)" }
      let producers = self.producers(of: index)
      if !producers.isEmpty { line += "  <- " + producers.joined(separator: ", ") }
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  package var jsonValue: Value {
    .map([
      "nodes": .list(
        nodes.map { node in
          .map([
            "name": .string(node.name), "stage": .string(node.stage), "kind": .string(node.kind),
            "count": .int(node.count),
            "states": .map(
              Dictionary(
                node.states.map { ($0.key.rawValue, Value.int($0.value)) },
                uniquingKeysWith: { first, _ in first })),
          ])
        }),
      "edges": .list(
        edges.map {
          .map([
            "from": .string(nodes[$0.from].name), "to": .string(nodes[$0.to].name),
            "gathered": .bool($0.isGathered), "order_only": .bool($0.isOrder),
          ])
        }),
    ])
  }

  private func label(_ node: Node, separator: String) -> String {
    var lines = [node.name + (node.count > 1 ? " ×\(node.count)" : ""), node.kind]
    if !node.states.isEmpty { lines.append(node.stateText) }
    return lines.joined(separator: separator)
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"" + escaped.replacing("\n", with: "\\n") + "\""
  }

  /// Mermaid reads `#quot;` as a quotation mark; angle brackets would be taken for markup.
  private static func mermaidText(_ text: String) -> String {
    text.replacing("#", with: "#35;").replacing("\"", with: "#quot;")
      .replacing("<", with: "#lt;").replacing(">", with: "#gt;").replacing("\n", with: "<br/>")
  }
}
