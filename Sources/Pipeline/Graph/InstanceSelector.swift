/// Picks instances by stage and labels: `model`, `model[train=mix]`, `defense_*[seed=1]`, `*`.
///
/// `*` stands for any text, in the stage's name and in labels. An axis that is not named may have
/// any label.
package struct InstanceSelector: Sendable {
  private let text: String
  private let stage: String
  private let labels: [AxisLabel]

  /// - Throws: ``Diagnostic`` when the text is not of that form.
  package init(parsing text: String) throws(Diagnostic) {
    self.text = text
    guard let bracket = text.firstIndex(of: "[") else {
      stage = text
      labels = []
      return
    }
    stage = String(text[..<bracket])
    guard text.hasSuffix("]") else { throw Self.malformed(text) }
    var labels: [AxisLabel] = []
    for term in text[text.index(after: bracket)...].dropLast().split(separator: ",") {
      let sides = term.split(separator: "=", maxSplits: 1)
      guard sides.count == 2 else { throw Self.malformed(text) }
      labels.append(AxisLabel(axis: String(sides[0]), label: String(sides[1])))
    }
    self.labels = labels
  }

  /// The selectors of a list such as `data,model[train=mix,seed=1]`: commas within brackets
  /// separate labels.
  package static func split(_ text: String) -> [String] {
    var depth = 0
    return text.split { character in
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      return character == "," && depth == 0
    }.map(String.init)
  }

  private static func malformed(_ text: String) -> Diagnostic {
    Diagnostic(
      at: nil, "'\(text)' does not select instances",
      why: "expected STAGE or STAGE[axis=label,...], with * for any text",
      fix: "quote it for the shell: 'model[seed=1]'")
  }

  /// The instances it picks.
  ///
  /// - Parameters:
  ///   - graph: to pick from.
  ///   - option: where the selector was given, for the message.
  /// - Returns: their indices, at least one.
  /// - Throws: ``Diagnostic`` when there are none.
  package func indices(in graph: Graph, option: String = "") throws(Diagnostic) -> Set<Int> {
    let found = graph.instances.indices.filter { matches(graph.instances[$0]) }
    if found.isEmpty { throw nothing(in: graph, option: option) }
    return Set(found)
  }

  /// Which part of the selector fits nothing: the stage, an axis or a label.
  private func nothing(in graph: Graph, option: String) -> Diagnostic {
    let given = (option.isEmpty ? "" : option + " ") + "'\(text)'"
    func refusal(_ why: String, _ written: String, _ names: [String]) -> Diagnostic {
      Diagnostic(
        at: nil, "\(given) selects no instance",
        why: why + names.prefix(20).joined(separator: ", "),
        fix: nearestName(to: written, in: names).map { "did you mean '\($0)'?" } ?? "")
    }
    let ofStage = graph.instances.filter { Self.matches($0.stage[...], pattern: stage[...]) }
    if ofStage.isEmpty {
      return refusal("the stages are ", stage, Set(graph.instances.map(\.stage)).sorted())
    }
    for term in labels {
      let onAxis = ofStage.flatMap(\.labels).filter { $0.axis == term.axis }.map(\.label)
      if onAxis.isEmpty {
        let axes = Set(ofStage.flatMap { $0.labels.map(\.axis) }).sorted()
        return refusal("its axes are ", term.axis, axes.isEmpty ? ["none"] : axes)
      }
      if !onAxis.contains(where: { Self.matches($0[...], pattern: term.label[...]) }) {
        var known: [String] = []
        for label in onAxis where !known.contains(label) { known.append(label) }
        return refusal("the labels of \(term.axis) are ", term.label, known)
      }
    }
    return refusal("no instance has all these labels; some are ", "", ofStage.map(\.id))
  }

  /// Whether it picks the instance of this name (`model[train=mix,seed=2]`).
  package func accepts(name: String) -> Bool {
    guard let written = try? InstanceSelector(parsing: name) else { return false }
    return matches(written.stage, written.labels)
  }

  /// The instances of a stored run that it picks, in order, at least one.
  ///
  /// - Throws: ``Diagnostic`` when there are none.
  package func indices(in document: RunDocument) throws(Diagnostic) -> [Int] {
    let all = document.instances
    let found = all.indices.filter { matches(all[$0].stage, all[$0].labels) }
    if !found.isEmpty { return found }
    let stages = Set(all.map(\.stage)).sorted()
    let ofStage = all.filter { $0.stage == stage }.map(\.id)
    throw Diagnostic(
      at: nil, "'\(text)' selects no instance of run \(document.run)",
      why: ofStage.isEmpty
        ? "the stages are " + stages.joined(separator: ", ")
        : "there are " + ofStage.prefix(10).joined(separator: ", "),
      fix: nearestName(to: ofStage.isEmpty ? stage : text, in: ofStage.isEmpty ? stages : ofStage)
        .map { "did you mean '\($0)'?" } ?? "")
  }

  private func matches(_ instance: Instance) -> Bool { matches(instance.stage, instance.labels) }

  private func matches(_ name: String, _ own: [AxisLabel]) -> Bool {
    guard Self.matches(name[...], pattern: stage[...]) else { return false }
    return labels.allSatisfy { wanted in
      own.contains {
        $0.axis == wanted.axis && Self.matches($0.label[...], pattern: wanted.label[...])
      }
    }
  }

  /// Whether the text is the pattern's, piece by piece between the stars.
  private static func matches(_ text: Substring, pattern: Substring) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1, let first = pieces.first, let last = pieces.last else {
      return text == pattern
    }
    guard text.hasPrefix(first), text.hasSuffix(last), text.count >= first.count + last.count
    else { return false }
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let range = rest.firstRange(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
