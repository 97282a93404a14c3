import Foundation
import Pipeline

/// What a run would do, and why.
struct PlanReport {
  let graph: Graph
  let plan: Plan

  /// Looks at the store without changing it; without a store, everything is to run.
  init(
    _ graph: Graph, project: Project, selection: SelectionOptions, forced: Set<Int>
  ) throws {
    self.graph = graph
    let workspace = Workspace(project.workspace)
    let store = workspace.exists ? try Store(readOnly: workspace) : nil
    plan = try Planner(store, dataFolders: project.dataFolders).plan(
      graph, forced: forced, selected: try selection.selected(in: graph))
  }

  /// Whether a run would execute, or may have to execute, a stage.
  var hasWork: Bool {
    plan.states.contains { state in
      switch state {
      case .run, .maybe: true
      case .cached, .skipped: false
      }
    }
  }

  func print(as options: GlobalOptions, limit: Int = 100) throws {
    if options.json {
      Swift.print(value.canonicalJSON)
    } else if !options.quiet {
      Swift.print(text(limit: limit), terminator: "")
    }
  }

  private func text(limit: Int) -> String {
    var lines: [String] = []
    for (instance, state) in zip(graph.instances, plan.states) {
      let (word, why) = words(for: state)
      if word != "cached" { lines.append("\(word.padded(to: 9))\(instance.id): \(why)") }
    }
    var text = lines.prefix(limit).map { $0 + "\n" }.joined()
    if lines.count > limit { text += "... and \(lines.count - limit) more (--limit)\n" }
    return text + counted(graph.instances.count, "stage") + ": \(counts(plan.states))\n"
  }

  /// "3 cached, 1 run"
  func counts(_ states: some Collection<Plan.State>) -> String {
    var counts: [String: Int] = [:]
    for state in states { counts[words(for: state).word, default: 0] += 1 }
    return ["cached", "run", "maybe", "skipped", "left out"].compactMap { word in
      counts[word].map { "\($0) \(word)" }
    }.joined(separator: ", ")
  }

  private var value: Value { .list(graph.instances.indices.map(value)) }

  func value(_ index: Int) -> Value {
    let (word, why) = words(for: plan.states[index])
    let instance = graph.instances[index]
    return .map([
      "instance": .string(instance.id), "stage": .string(instance.stage), "state": .string(word),
      "why": .string(why),
    ])
  }

  func words(for state: Plan.State) -> (word: String, why: String) {
    func listed(_ reasons: [RunReason]) -> String {
      reasons.map(\.text).joined(separator: "; ")
    }
    switch state {
    case .cached: return ("cached", "")
    case .run(_, let reasons): return ("run", listed(reasons))
    case .maybe(let producer, let reasons):
      let wait = "waits for \(graph.instances[producer].id), whose output may stay the same"
      return ("maybe", reasons.isEmpty ? wait : listed(reasons) + "; " + wait)
    case .skipped(.condition): return ("skipped", "its 'if' does not hold")
    case .skipped(.upstream(let producer)):
      return ("skipped", "\(graph.instances[producer].id) has no result")
    case .skipped(.leftOut): return ("left out", "not selected, and not stored")
    }
  }
}

extension String {
  /// At least one space behind it.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
