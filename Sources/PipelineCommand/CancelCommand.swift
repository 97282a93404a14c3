import ArgumentParser
import Foundation
import Pipeline

struct CancelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Stops a run of another terminal; what is finished is kept.")

  @Argument(
    help: ArgumentHelp(
      "Its name, the beginning of it, an experiment, or latest.", valueName: "run"),
    completion: .runs)
  var runName: String

  @Option(help: ArgumentHelp("How long stages may take to stop.", valueName: "duration"))
  var grace: Seconds?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let store = try global.makeProject().openHistory()
    let run = try store.run(named: runName)
    let seconds = grace?.value ?? 10
    let outcome = try RunCancellation(store, graceSeconds: seconds).cancel(run)
    if global.json {
      print(
        Value.map(["run": .string(run.name), "outcome": .string(word(for: outcome))]).canonicalJSON)
    } else if !global.quiet {
      print("\(run.name): \(text(for: outcome))")
    }
    if outcome == .goesOn { throw Exit(status: .timedOut) }
  }

  private func word(for outcome: RunCancellation.Outcome) -> String {
    switch outcome {
    case .hadEnded(let state): state.rawValue
    case .ownerIsDead: "lost"
    case .stopped: "stopped"
    case .goesOn: "running"
    }
  }

  private func text(for outcome: RunCancellation.Outcome) -> String {
    switch outcome {
    case .hadEnded(let state): "has ended already (\(state.rawValue)); nothing to stop"
    case .ownerIsDead: "its process is dead; the next run in this workspace tidies up after it"
    case .stopped: "stopped; finished stages are kept, run again to go on"
    case .goesOn: "does not stop although its stages were killed; end its process by hand"
    }
  }
}
