import Foundation
import Pipeline

/// What a run would do, and why.
struct PlanReport {
  let graph: Graph
  let plan: Plan

  /// Looks at the store without changing it; without a store, everything is to run.
  init(_ graph: Graph, project: Project, forced: ForceOptions) throws {
    self.graph = graph
    let workspace = Workspace(project.workspace)
    let store = workspace.exists ? try Store(readOnly: workspace) : nil
    plan = try Planner(store, dataFolders: project.dataFolders).plan(
      graph, forced: try forced.indices(in: graph))
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
    var counts: [String: Int] = [:]
    for (instance, state) in zip(graph.instances, plan.states) {
      let (word, why) = Self.words(for: state, in: graph)
      counts[word, default: 0] += 1
      if word != "cached" { lines.append("\(word.padded(to: 8))\(instance.id): \(why)") }
    }
    var text = lines.prefix(limit).map { $0 + "\n" }.joined()
    if lines.count > limit { text += "... and \(lines.count - limit) more (--limit)\n" }
    let summary = ["cached", "run", "maybe", "skipped"].compactMap { word in
      counts[word].map { "\($0) \(word)" }
    }
    return text + "\(graph.instances.count) stages: " + summary.joined(separator: ", ") + "\n"
  }

  private var value: Value {
    .list(
      zip(graph.instances, plan.states).map { instance, state in
        let (word, why) = Self.words(for: state, in: graph)
        return .map([
          "instance": .string(instance.id), "stage": .string(instance.stage),
          "state": .string(word), "why": .string(why),
        ])
      })
  }

  private static func words(for state: Plan.State, in graph: Graph) -> (word: String, why: String) {
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
      return ("skipped", "\(graph.instances[producer].id) is skipped")
    case .skipped(.leftOut): return ("left out", "not selected, and not stored")
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
