/// Orders stages so that producers stand before consumers, without recursion.
enum StageOrder {
  /// Indices of `stages`, otherwise in order of declaration. A cycle is reported with its path; its
  /// stages, and those that wait for them, come last.
  static func order(_ stages: [CheckedStage], _ errors: DiagnosticCollector) -> [Int] {
    var waiting = stages.map { $0.inputs.count + $0.needs.count }
    var consumers = [[Int]](repeating: [], count: stages.count)
    for (index, stage) in stages.enumerated() {
      for producer in stage.inputs.map(\.producer) + stage.needs {
        consumers[producer].append(index)
      }
    }
    var order = stages.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for consumer in consumers[order[next]] {
        waiting[consumer] -= 1
        if waiting[consumer] == 0 { order.append(consumer) }
      }
      next += 1
    }
    if order.count == stages.count { return order }
    reportCycle(stages, waiting, errors)
    return order + stages.indices.filter { waiting[$0] > 0 }
  }

  /// Follows producers that were never ready until one comes again: that is a cycle.
  private static func reportCycle(
    _ stages: [CheckedStage], _ waiting: [Int], _ errors: DiagnosticCollector
  ) {
    guard var current = waiting.firstIndex(where: { $0 > 0 }) else { return }
    var path: [Int] = []
    var places: [Int: Int] = [:]
    while places[current] == nil {
      places[current] = path.count
      path.append(current)
      let producers = stages[current].inputs.map(\.producer) + stages[current].needs
      guard let producer = producers.first(where: { waiting[$0] > 0 }) else { return }
      current = producer
    }
    let cycle = path[(places[current] ?? 0)...]
    // Rotated to start at the stage declared first, so that the text does not depend on the walk.
    let start = cycle.indices.min { cycle[$0] < cycle[$1] } ?? cycle.startIndex
    let members = Array(cycle[start...] + cycle[..<start])
    let first = stages[members[0]]
    let producer = members.count > 1 ? members[1] : members[0]
    let input = first.inputs.first { $0.producer == producer }
    let need = first.spec.needs.first { $0.name == stages[producer].spec.name }
    let names = members.map { stages[$0].spec.name }
    let shown = names.count > 12 ? names.prefix(10) + ["..."] + names.suffix(1) : names[...]
    errors.error(
      at: input?.written.fromLocation ?? need?.location ?? first.spec.location,
      "stages wait for each other: " + (shown + [names[0]]).joined(separator: " <- "),
      why: "a stage runs when all that it reads or needs has ended",
      fix: "break the cycle at one of these inputs")
  }
}
