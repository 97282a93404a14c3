import Foundation
import Pipeline
import Synchronization

/// Tells what was found while stages are run again, and sums it up.
final class VerificationReport: Sendable {
  private let graph: Graph
  private let saysProgress: Bool
  private let found = Mutex<[Int: Verification]>([:])

  init(_ graph: Graph, saysProgress: Bool) {
    self.graph = graph
    self.saysProgress = saysProgress
  }

  func add(_ index: Int, _ result: Verification) {
    found.withLock { $0[index] = result }
    guard saysProgress else { return }
    let words = words(for: result, of: graph.instances[index])
    let name = graph.instances[index].id
    print(words.state.padding(toLength: 10, withPad: " ", startingAt: 0) + name)
    for line in words.details { print("          " + line) }
  }

  /// A stage that says of itself that it is not deterministic may differ.
  private func isFault(_ result: Verification, of instance: Instance) -> Bool {
    if case .different = result { return instance.bound.stage.isDeterministic }
    return false
  }

  private func words(
    for result: Verification, of instance: Instance
  ) -> (state: String, details: [String]) {
    switch result {
    case .same(let trials):
      return ("same", ["\(trials) \(trials == 1 ? "run" : "runs")"])
    case .different(let differences):
      let details = differences.map { difference in
        let reference = difference.isAgainstStore ? "the stored result" : "the first run"
        let lanes = difference.lanes == 1 ? "1 lane" : "\(difference.lanes) lanes"
        return "output '\(difference.output)', \(reference) and one with \(lanes): "
          + difference.place
      }
      if isFault(result, of: instance) { return ("DIFFERENT", details) }
      return ("different", details + ["it says so itself (deterministic: false)"])
    case .unfed: return ("unknown", ["its inputs are not stored; run the experiment first"])
    case .disabled: return ("skipped", ["its 'if' does not hold"])
    case .failed(let failure):
      return ("FAILED", failure.description.split(separator: "\n").map(String.init))
    }
  }

  private func count(_ isCounted: (Instance, Verification) -> Bool) -> Int {
    found.withLock { found in
      found.count { isCounted(graph.instances[$0.key], $0.value) }
    }
  }

  var summary: String {
    let same = count { _, result in if case .same = result { true } else { false } }
    let different = count { isFault($1, of: $0) }
    let failed = count { _, result in if case .failed = result { true } else { false } }
    let total = count { _, _ in true }
    var text = "\(total) \(total == 1 ? "stage" : "stages"): \(same) the same"
    if different > 0 { text += ", \(different) not deterministic" }
    if failed > 0 { text += ", \(failed) failed" }
    let rest = total - same - different - failed
    if rest > 0 { text += ", \(rest) not verified" }
    return text
  }

  /// Other bytes weigh more than a stage that fails.
  var status: ExitStatus {
    if count({ isFault($1, of: $0) }) > 0 { return .damaged }
    let failed = count { _, result in if case .failed = result { true } else { false } }
    return failed > 0 ? .stagesFailed : .ok
  }

  var jsonValue: Value {
    let results = found.withLock { $0.sorted { $0.key < $1.key } }
    return .list(
      results.map { index, result in
        let instance = graph.instances[index]
        let words = words(for: result, of: instance)
        return .map([
          "instance": .string(instance.id), "state": .string(words.state.lowercased()),
          "is_fault": .bool(isFault(result, of: instance)),
          "details": .list(words.details.map(Value.string)),
        ])
      })
  }
}
