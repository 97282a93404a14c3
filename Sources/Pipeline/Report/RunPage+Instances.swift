extension RunPage {
  /// What the details of instances may take: more than anyone opens. They would otherwise be most
  /// of what a large run writes; all of them stand in `run.json`, and `pipeline explain` shows one.
  private static let detailLimit = 400_000

  /// Every listed instance with what its key is made of, as far as `room` bytes reach; the others
  /// are named only, so that links to them still lead somewhere.
  func instanceSection(of stages: [StageGroup], room: Int) -> HTML {
    let details = details(of: stages, room: room)
    return section(
      "instances", "Stages and their instances",
      note: "What each result was made of. The key is the hash of these parts: equal parts, equal "
        + "key, and the stored result is used again."
    ) {
      for stage in stages { block(stage, details) }
    }
  }

  // MARK: Budget

  /// The details that fit, by instance, the most urgent first; each is made once, for it is what a
  /// large page costs.
  private func details(of stages: [StageGroup], room: Int) -> [Int: HTML] {
    guard room > 0 else { return [:] }
    let common = Dictionary(
      stages.map { ($0.stage, $0.commonParts) }, uniquingKeysWith: { first, _ in first })
    var details: [Int: HTML] = [:]
    var left = min(room, Self.detailLimit)
    for index in urgency.prefix(listed.count) {
      let detail = detail(index, common[document.instances[index].stage] ?? [:])
      left -= detail.byteCount
      if left < 0 { break }
      details[index] = detail
    }
    return details
  }

  // MARK: Blocks

  private func block(_ group: StageGroup, _ details: [Int: HTML]) -> HTML {
    let common = group.commonParts
    let first = document.instances[group.indices[0]]
    return tag("details", ["class": "stage"]) {
      tag("summary") {
        tag("b") { group.stage }
        tag("span") { group.kind }
        tag("span", ["class": "states"]) { group.stateText(document) }
      }
      tag("div", ["id": "s-\(group.stage.fileSafe)", "class": "body"]) {
        tag("p", ["class": "note"]) {
          "Declared at "
          code(first.location.shortText)
          ". "
          HTML(common.isEmpty ? "" : "Common to its instances:")
        }
        if !common.isEmpty { partList(common, of: first) }
        let shown = group.indices.filter(listed.contains)
        for index in shown { details[index] ?? line(index) }
        if shown.count < group.indices.count {
          tag("p", ["class": "note"]) {
            "\(group.indices.count - shown.count) more are in "
            code("run.json")
          }
        }
      }
    }
  }

  private func line(_ index: Int) -> HTML {
    tag("p", ["id": "i-\(index)", "class": "line"]) {
      tag("span", ["class": "id"]) { document.instances[index].id }
      " " + StageGraph.State(document.instances[index]).wording
    }
  }

  private func detail(_ index: Int, _ common: [String: String]) -> HTML {
    let instance = document.instances[index]
    let state = StageGraph.State(instance)
    return tag("details", ["class": "instance"]) {
      tag("summary") {
        tag("span", ["class": "id"]) { instance.id }
        tag("span", ["class": "state \(state == .failed ? "fail" : "")"]) {
          state == .failed ? "✕ failed" : state.wording
        }
        tag("span", ["class": "cost"]) { costText(instance) }
      }
      tag("div", ["id": "i-\(index)", "class": "body"]) {
        if let failure = instance.failure { tag("pre", ["tabindex": "0"]) { failure } }
        if !instance.key.isEmpty {
          tag("p") {
            "Key "
            code(instance.key)
          }
        }
        partList(
          Dictionary(
            instance.parts.parts.filter { common[$0.name] == nil }.map { ($0.name, $0.value) },
            uniquingKeysWith: { first, _ in first }),
          of: instance)
        outputList(instance)
        tag("p", ["class": "note"]) {
          instance.attempt == nil
            ? "It has no log in this run." : "Its log: "
          if instance.attempt != nil { code("pipeline logs \(document.run) '\(instance.id)'") }
        }
      }
    }
  }

  private func costText(_ instance: RunInstance) -> String {
    let cost = instance.cost
    if cost.elapsedSeconds == 0 && cost.cpuSeconds == 0 { return "" }
    var text = "\(DurationText.short(cost.elapsedSeconds)), "
    text += "CPU \(DurationText.short(cost.cpuSeconds)), "
    text += ByteText.short(Double(cost.peakMemoryBytes))
    return instance.attemptCount > 1 ? text + ", \(instance.attemptCount) attempts" : text
  }

  // MARK: Parts

  private func partList(_ parts: [String: String], of instance: RunInstance) -> HTML {
    if parts.isEmpty { return .empty }
    return tag("dl", ["class": "parts"]) {
      for name in parts.keys.sorted() {
        tag("div") {
          tag("dt") { name.hasPrefix("parameter.") ? String(name.dropFirst(10)) : name }
          HTML(" ")
          tag("dd") { part(name, parts[name] ?? "", of: instance) }
        }
      }
    }
  }

  private func part(_ name: String, _ value: String, of instance: RunInstance) -> HTML {
    if name.hasPrefix("input."),
      let binding = instance.inputs.first(where: { "input." + $0.slot == name })
    {
      let producers = Set(binding.sources.map(\.instance)).sorted()
      let outputs = Set(binding.sources.map(\.output)).sorted().joined(separator: ", ")
      return links(producers) + HTML(" (\(outputs)) ") + code(Self.shortened(hashes(value)))
    }
    let origin =
      name.hasPrefix("parameter.") ? instance.parameterOrigins[String(name.dropFirst(10))] : nil
    return code(Self.shortened(value))
      + (origin.map { origin in tag("span", ["class": "origin"]) { " " + origin } } ?? .empty)
  }

  /// The content hashes of an input's artifacts, their first twelve digits.
  private func hashes(_ value: String) -> String {
    guard let list = try? Value(json: .init(value.utf8)), let items = list.items else {
      return value
    }
    return items.compactMap { $0.items?.first?.text?.prefix(12) }.joined(separator: " ")
  }

  private static func shortened(_ text: String) -> String {
    text.count > 300 ? text.prefix(300) + "…" : text
  }

  private func outputList(_ instance: RunInstance) -> HTML {
    if instance.outputs.isEmpty { return .empty }
    return tag("dl", ["class": "parts"]) {
      for output in instance.outputs {
        tag("div") {
          tag("dt") { "→ \(output.slot)" }
          HTML(" ")
          tag("dd") {
            "\(output.type.rawValue), \(ByteText.short(Double(output.byteCount))), "
            code(String(output.hash.prefix(16)))
          }
        }
      }
    }
  }
}
