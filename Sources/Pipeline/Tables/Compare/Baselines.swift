import Foundation

/// The baselines that the claims of a graph compare with, read before anything is judged.
package struct Baselines: Sendable {
  /// By the file that a claim names; empty for the experiment's own.
  private let byFile: [String: Result<Baseline, StageFailure>]

  package static let none = Baselines(byFile: [:])

  private init(byFile: [String: Result<Baseline, StageFailure>]) {
    self.byFile = byFile
  }

  /// Baselines that are at hand already.
  package init(_ baselines: [String: Baseline]) {
    byFile = baselines.mapValues { .success($0) }
  }

  /// Reads what the graph's claims need.
  ///
  /// - Parameters:
  ///   - graph: names the files under its claims.
  ///   - results: the folder of stored results, which holds the experiments' own baselines.
  package init(for graph: Graph, results: URL) {
    var byFile: [String: Result<Baseline, StageFailure>] = [:]
    for file in Set(graph.expectations.compactMap { $0.condition.baseline?.file }) {
      let own = Baseline.defaultPath(
        experiment: graph.experiment.name, profile: graph.experiment.profile)
      let path = file.isEmpty ? results.appending(path: own).path : file
      byFile[file] = Result { () throws(StageFailure) in try Baseline(file: path) }
    }
    self.byFile = byFile
  }

  /// The number that an expression selects in a baseline.
  func measure(_ expression: CellExpression, in file: String) throws(MissingCell) -> Measurement {
    switch byFile[file] {
    case .success(let baseline):
      guard let table = baseline.tables.first(where: { $0.name == expression.view }) else {
        throw MissingCell(what: "the baseline has no table '\(expression.view)'")
      }
      do throws(MissingCell) {
        return try table.measure(expression)
      } catch { throw MissingCell(what: "in the baseline, \(error.what)") }
    case .failure(let failure):
      throw MissingCell(what: "\(failure.location): \(failure.what); \(failure.fix)")
    case nil: throw MissingCell(what: "there is no baseline to compare with")
    }
  }
}
