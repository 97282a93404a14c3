import Foundation
import Pipeline

/// How a run stands, in words and as data.
struct RunStatusText {
  let run: RunSummary
  let running: [InstanceRow]
  let now: Date

  /// Reads what is shown of a run; instances are listed only while it goes on.
  init(_ run: RunSummary, in store: Store, now: Date = Date()) throws {
    self.run = run
    self.now = now
    running = run.state == .running ? try store.instances(of: run, in: .running) : []
  }

  /// One line about the run, and one for each running instance.
  func lines(width: Int) -> [String] {
    let nameWidth = min(running.map(\.name.count).max() ?? 0, max(12, width / 2))
    return [headline] + running.map { "  " + line(of: $0, nameWidth: nameWidth) }
  }

  private var headline: String {
    var text = "\(run.name)  \(run.experiment) (\(run.profile))  \(run.state.rawValue)"
    if let elapsed = run.elapsedSeconds { text += "  \(Duration.text(seconds: elapsed))" }
    text += "  " + RunStatusText.counts(of: run)
    if !run.labels.label.isEmpty { text += "  \(run.labels.label)" }
    return text
  }

  /// "12 stages: 3 done, 1 running, 8 queued"
  static func counts(of run: RunSummary) -> String {
    var parts = InstanceState.allCases.compactMap { state in
      run.count(state) > 0 ? "\(run.count(state)) \(state.rawValue)" : nil
    }
    // Of a run whose process died nothing runs, whatever was written last.
    let isOver = run.state != .running
    if run.runningCount > 0 { parts.append("\(run.runningCount) \(isOver ? "lost" : "running")") }
    if run.queuedCount > 0 { parts.append("\(run.queuedCount) \(isOver ? "not run" : "queued")") }
    return counted(run.total, "stage") + ": "
      + (parts.isEmpty ? "none" : parts.joined(separator: ", "))
  }

  private func line(of row: InstanceRow, nameWidth: Int) -> String {
    let name = row.name.padding(toLength: max(nameWidth, 1), withPad: " ", startingAt: 0)
    var text = row.name.count > nameWidth ? row.name : name
    let elapsed = elapsedSeconds(of: row)
    text += "  \(Duration.text(seconds: elapsed))"
    if let fraction = row.fraction {
      text += "  \(ProgressBoard.percent(fraction))%"
      if let rest = remainingSeconds(of: row) { text += ", \(Duration.text(seconds: rest)) left" }
    }
    if let message = row.message, !message.isEmpty { text += "  \(message)" }
    return text
  }

  private func elapsedSeconds(of row: InstanceRow) -> Double {
    row.started.map { max(0, now.timeIntervalSince($0)) } ?? 0
  }

  /// If the rest goes as fast as what is done; not before there is something to go by.
  private func remainingSeconds(of row: InstanceRow) -> Double? {
    guard let fraction = row.fraction, fraction >= 0.02, fraction < 1 else { return nil }
    return elapsedSeconds(of: row) * (1 - fraction) / fraction
  }

  var value: Value {
    var fields = RunStatusText.fields(of: run)
    fields["running"] = .list(
      running.map { row in
        .map([
          "instance": .string(row.name), "attempt": .int(row.attemptCount),
          "elapsed_seconds": .double(elapsedSeconds(of: row)),
          "fraction": row.fraction.map(Value.double) ?? .null,
          "remaining_seconds": remainingSeconds(of: row).map(Value.double) ?? .null,
          "message": row.message.map(Value.string) ?? .null,
        ])
      })
    return .map(fields)
  }

  /// What `runs --json` gives of a run.
  static func fields(of run: RunSummary) -> [String: Value] {
    var counts = run.counts.reduce(into: [String: Value]()) { $0[$1.key.name] = .int($1.value) }
    counts["queued"] = .int(run.queuedCount)
    return [
      "run": .string(run.name), "experiment": .string(run.experiment),
      "profile": .string(run.profile), "file": .string(run.file),
      "state": .string(run.state.rawValue), "started_at": .string(run.started.ISO8601Format()),
      "elapsed_seconds": run.elapsedSeconds.map(Value.double) ?? .null,
      "instances": .int(run.total), "counts": .map(counts),
      "label": .string(run.labels.label),
      "tags": .map(run.labels.tags.mapValues(Value.string)),
    ]
  }
}
