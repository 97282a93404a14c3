import ArgumentParser
import Foundation
import Pipeline

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists the runs of this workspace, the newest first.")

  @Option(help: "Most runs to list.")
  var limit = 20

  @Option(help: "Only runs of this experiment.", completion: .runs)
  var experiment: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only runs for which this holds, such as: state == 'failed' and elapsed > 60",
      valueName: "condition"))
  var condition: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard limit >= 0 else { throw ValidationError("--limit \(limit): 0 or more") }
  }

  func run() throws {
    let store = try global.makeProject().openHistory()
    let filter = try condition.map { try RunFilter($0) }
    // A condition can only be asked of what was read.
    var runs = try store.runs(of: experiment, limit: filter == nil ? limit : .max)
    if let filter { runs = Array(try runs.filter { try filter.accepts($0) }.prefix(limit)) }
    if global.json {
      print(Value.list(runs.map { .map(RunStatusText.fields(of: $0)) }).canonicalJSON)
      return
    }
    if runs.isEmpty { print("no such run") }
    let names = runs.map(\.name.count).max() ?? 0
    let experiments = runs.map { "\($0.experiment) (\($0.profile))".count }.max() ?? 0
    for run in runs {
      let columns = [
        run.name.padded(to: names + 1),
        "\(run.experiment) (\(run.profile))".padded(to: experiments + 1),
        run.state.rawValue.padded(to: 10),
        (run.elapsedSeconds.map { Duration.text(seconds: $0) } ?? "-").padded(to: 8),
        RunStatusText.counts(of: run), run.labels.label,
      ]
      print(columns.filter { !$0.isEmpty }.joined(separator: " "))
    }
  }
}
