import Pipeline

/// Which stage needs which, collapsed by stage: `plan --tree`.
///
///     attack  2 run
///     ├─ model  2 cached
///     │  └─ data  1 cached
///     └─ data  (above)
struct PlanTree {
  private let report: PlanReport
  /// In order of the graph.
  private let stages: [String]
  private let states: [String: [Plan.State]]
  private let producers: [String: [String]]

  init(_ report: PlanReport) {
    self.report = report
    var stages: [String] = []
    var states: [String: [Plan.State]] = [:]
    var producers: [String: [String]] = [:]
    for (instance, state) in zip(report.graph.instances, report.plan.states) {
      if states[instance.stage] == nil { stages.append(instance.stage) }
      states[instance.stage, default: []].append(state)
      for producer in instance.producers {
        let name = report.graph.instances[producer].stage
        if producers[instance.stage]?.contains(name) != true {
          producers[instance.stage, default: []].append(name)
        }
      }
    }
    self.stages = stages
    self.states = states
    self.producers = producers
  }

  func print(as options: GlobalOptions) {
    Swift.print(options.json ? value.canonicalJSON + "\n" : text, terminator: "")
  }

  private var value: Value {
    .list(
      stages.map { stage in
        .map([
          "stage": .string(stage), "instances": .int(states[stage, default: []].count),
          "states": .string(report.counts(states[stage, default: []])),
          "needs": .list(producers[stage, default: []].map(Value.string)),
        ])
      })
  }

  private var text: String {
    let read = Set(producers.values.joined())
    var shown: Set<String> = []
    var lines: [String] = []
    for stage in stages where !read.contains(stage) {
      add(stage, &lines, &shown, head: "", indent: "")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Recursion is as deep as the chain of stages, which a file holds: not that of instances.
  private func add(
    _ stage: String, _ lines: inout [String], _ shown: inout Set<String>, head: String,
    indent: String
  ) {
    guard shown.insert(stage).inserted else {
      lines.append("\(head)\(stage)  (above)")
      return
    }
    lines.append("\(head)\(stage)  \(report.counts(states[stage, default: []]))")
    let children = producers[stage, default: []]
    for (position, child) in children.enumerated() {
      let isLast = position == children.count - 1
      add(
        child, &lines, &shown, head: indent + (isLast ? "└─ " : "├─ "),
        indent: indent + (isLast ? "   " : "│  "))
    }
  }
}
