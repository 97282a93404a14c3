import ArgumentParser
import Foundation
import Pipeline

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows what is running, in this workspace, from whatever terminal.")

  @Argument(
    help: ArgumentHelp(
      "Its name, the beginning of it, an experiment, or latest.", valueName: "run"))
  var runName: String?

  @Flag(help: "Show it again every second until it has ended.")
  var watch = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.makeProject().openHistory()
    // Those that were seen running: a watcher is to see how they end.
    var seen: [String] = []
    while true {
      let running = runName == nil ? try store.runs(runningOnly: true).map(\.name) : []
      seen += running.filter { !seen.contains($0) }
      let runs = try (runName.map { [$0] } ?? seen).map { try store.run(named: $0) }
      let statuses = try runs.map { try RunStatusText($0, in: store) }
      show(statuses)
      // A run that died is over as well.
      guard watch, runs.contains(where: { $0.state == .running }) else { return }
      sleep(1)
    }
  }

  private func show(_ statuses: [RunStatusText]) {
    let output = Terminal.standardOutput
    if global.json {
      output.write(Value.list(statuses.map(\.value)).canonicalJSON + "\n")
      return
    }
    if watch, output.isInteractive { output.write("\u{1B}[H\u{1B}[2J") }
    if statuses.isEmpty { output.write("nothing is running; 'pipeline runs' lists what has\n") }
    for line in statuses.flatMap({ $0.lines(width: output.width) }) { output.write(line + "\n") }
  }
}

extension Project {
  /// The store, for looking at its history.
  ///
  /// - Throws: ``StageFailure`` when nothing has run yet.
  func openHistory() throws -> Store {
    let workspace = Workspace(workspace)
    guard workspace.exists else {
      throw StageFailure(
        .environment, at: workspace.root.path, "nothing has run in this workspace yet",
        fix: "start a run with 'pipeline run SPEC', or name another one with --workspace DIR")
    }
    return try Store(readOnly: workspace)
  }
}
