extension RunPage {
  // MARK: Failures

  var failureSection: HTML {
    let failed = document.instances.indices.filter { document.instances[$0].failure != nil }
    if failed.isEmpty { return .empty }
    let unreached = document.instances.count {
      $0.status == .failed && $0.failure == nil
    }
    var note = failed.count == 1 ? "One stage failed" : "\(failed.count) stages failed"
    if unreached > 0 { note += ", and \(unreached) that need it could not run" }
    note +=
      ". Numbers that depend on what failed are missing, and a missing number supports no claim."
    return section("failures", "Failures", note: note) {
      for index in failed.prefix(20) { failure(index) }
      if failed.count > 20 {
        tag("p", ["class": "note"]) { "\(failed.count - 20) more stand with their stages below." }
      }
    }
  }

  private func failure(_ index: Int) -> HTML {
    let instance = document.instances[index]
    return tag("article", ["class": "failure"]) {
      tag("h3") {
        tag("span", ["aria-hidden": "true"]) { "✕ " }
        tag("a", ["href": place(of: index)]) { instance.id }
        tag("small") { " \(instance.kind), \(instance.location.shortText)" }
      }
      tag("pre", ["tabindex": "0"]) { instance.failure ?? "" }
      if !instance.logTail.isEmpty {
        tag("p", ["class": "note"]) { "The last lines of its log:" }
        tag("pre", ["class": "log", "tabindex": "0"]) {
          instance.logTail.suffix(40).map(Self.withoutColours).joined(separator: "\n")
        }
      }
    }
  }

  /// A line without the sequences (`ESC [ 3 1 m`) that colour it on a terminal.
  private static func withoutColours(_ line: String) -> String {
    let parts = line.split(separator: "\u{1B}[", omittingEmptySubsequences: false)
    return parts.prefix(1).joined()
      + parts.dropFirst().map { $0.drop { !$0.isLetter }.dropFirst() }.joined()
  }

  // MARK: How it ran

  func runSection(of groups: [StageGroup]) -> HTML {
    section("run", "How it ran") {
      if let graph = try? StageGraph(document) {
        tag("h3") { "Stages" }
        tag("p", ["class": "note"]) {
          "Each box is a stage with the count of its instances; thick lines gather several."
        }
        scrolling("Graph of the stages") {
          tag("div", ["class": "drawing"]) { graph.element(title: "Stages of \(title)") }
        }
      }
      tag("h3") { "Timeline" }
      timeline
      stageTable(of: groups)
    }
  }

  private var timeline: HTML {
    let cached = document.instances.count { $0.status == .cached }
    var note = ""
    guard let timeline = RunTimeline(document) else {
      return tag("p", ["class": "note"]) {
        "Nothing had to run: all results come from the store. Costs below are those of the runs "
          + "that computed them."
      }
    }
    if cached > 0 {
      note = "\(cached) instances came from the store and have no bar. "
    }
    if timeline.hiddenCount > 0 { note += "\(timeline.hiddenCount) short ones are left out." }
    return HTML.joined([
      note.isEmpty ? .empty : tag("p", ["class": "note"]) { note },
      scrolling("Timeline") { tag("div", ["class": "drawing gantt"]) { timeline.element } },
    ])
  }

  /// One line for each stage: counts, and what its instances cost.
  private func stageTable(of groups: [StageGroup]) -> HTML {
    let costs = groups.map { group in
      group.indices.reduce(0) { $0 + document.instances[$1].cost.cpuSeconds }
    }
    let most = costs.max() ?? 0
    return scrolling("Cost of the stages") {
      tag("table", ["class": "costs"]) {
        tag("caption") {
          tag("b") { "Cost of the stages" }
          tag("span") { "of this run, or of the run that computed what came from the store" }
        }
        tag("thead") {
          tag("tr") {
            tag("th", ["scope": "col", "class": "text"]) { "Stage" }
            tag("th", ["scope": "col", "class": "text"]) { "Instances" }
            for name in ["Longest", "CPU", "Peak memory"] { tag("th", ["scope": "col"]) { name } }
            tag("th", ["scope": "col", "class": "text"]) { "Share of CPU" }
          }
        }
        tag("tbody") {
          for (group, cost) in zip(groups, costs) { stageRow(group, cost, most) }
        }
      }
    }
  }

  private func stageRow(_ group: StageGroup, _ cpu: Double, _ most: Double) -> HTML {
    let all = group.indices.map { document.instances[$0].cost }
    let share = most > 0 ? Int((cpu / most * 100).rounded()) : 0
    return tag("tr") {
      tag("th", ["scope": "row", "class": "text"]) {
        tag("a", ["href": "#s-\(group.stage.fileSafe)"]) { group.stage }
      }
      tag("td", ["class": "text"]) { group.stateText(document) }
      tag("td") { DurationText.measured(all.map(\.elapsedSeconds).max() ?? 0) }
      tag("td") { DurationText.measured(cpu) }
      tag("td") { ByteText.measured(Double(all.map(\.peakMemoryBytes).max() ?? 0)) }
      tag("td", ["class": "text"]) {
        tag("span", ["class": "bar", "style": "width:\(share)%", "aria-hidden": "true"])
      }
    }
  }

  /// The stages in order of the run.
  var stageGroups: [StageGroup] {
    var members: [(stage: String, indices: [Int])] = []
    var places: [String: Int] = [:]
    for (index, instance) in document.instances.enumerated() {
      if let place = places[instance.stage] {
        members[place].indices.append(index)
      } else {
        places[instance.stage] = members.count
        members.append((instance.stage, [index]))
      }
    }
    return members.map { StageGroup($0.stage, $0.indices, in: document) }
  }
}

/// The instances of one stage.
struct StageGroup {
  let stage: String
  let kind: String
  let indices: [Int]
  /// The parts of the keys that all of them share; none for a single instance.
  let commonParts: [String: String]

  init(_ stage: String, _ indices: [Int], in document: RunDocument) {
    self.stage = stage
    self.indices = indices
    kind = document.instances[indices[0]].kind
    let known = indices.map { document.instances[$0].parts }.filter { !$0.parts.isEmpty }
    let shared =
      known.count < 2
      ? []
      : known[0].parts.filter { part in
        known.allSatisfy { $0[part.name] == part.value }
      }
    commonParts = Dictionary(
      shared.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// "5 ran, 2 cached"
  func stateText(_ document: RunDocument) -> String {
    StageGraph.State.allCases.compactMap { state in
      let count = indices.count { StageGraph.State(document.instances[$0]) == state }
      return count == 0 ? nil : "\(count) \(state.wording)"
    }.joined(separator: ", ")
  }
}
