import Foundation
import GRDB

/// Reading the history of runs; what is running may be looked at from any process.
extension Store {
  /// Runs of all experiments, or of one, the newest first.
  package func runs(
    of experiment: String? = nil, runningOnly: Bool = false, limit: Int = .max
  ) throws(StoreError) -> [RunSummary] {
    let condition = experiment == nil ? "" : " AND experiment = ?"
    let state = runningOnly ? " AND state = 'running'" : ""
    var arguments = StatementArguments()
    if let experiment { arguments += [experiment] }
    arguments += [limit]
    return try summaries(
      "WHERE 1\(condition)\(state) ORDER BY id DESC LIMIT ?", arguments)
  }

  /// The run that a text names: a name, with or without the time before it (the newest of that
  /// name), the unique beginning of one, an experiment (its newest run), or `latest`.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when it names none or more than one,
  ///   ``StoreError``.
  package func run(named text: String) throws -> RunSummary {
    let parts = text.split(separator: "/").map(String.init)
    let name = parts.last ?? text
    // `EXPERIMENT/RUN` is how results are filed; a longer path leads to a run's folder there.
    let experiment = parts.count > 1 ? parts[parts.count - 2] : nil
    if name == "latest", let newest = try runs(of: experiment, limit: 1).first { return newest }
    let isOurs = "(?2 IS NULL OR experiment = ?2)"
    // `20260131-142805-NAME`
    let named = "WHERE (name = ?1 OR substr(name, 17) = ?1) AND \(isOurs) ORDER BY id DESC LIMIT 1"
    if let exact = try summaries(named, [name, experiment]).first { return exact }
    if let newest = try runs(of: text, limit: 1).first { return newest }
    let begun = try summaries(
      """
      WHERE (substr(name, 1, ?3) = ?1 OR substr(name, 17, ?3) = ?1) AND \(isOurs)
      ORDER BY id DESC LIMIT 4
      """, [name, experiment, name.unicodeScalars.count])
    if begun.count == 1 { return begun[0] }
    let names = (begun.isEmpty ? try runs(limit: 3) : begun).map(\.name)
    throw StageFailure(
      .environment, at: workspace.root.path,
      begun.isEmpty ? "there is no run '\(text)' here" : "'\(text)' begins several runs",
      why: names.isEmpty
        ? "nothing has run here yet"
        : (begun.isEmpty ? "the newest are " : "among them ") + names.joined(separator: ", "),
      fix: names.isEmpty
        ? "start a run with 'pipeline run SPEC', or name another workspace with --workspace DIR"
        : "'pipeline runs' lists all")
  }

  /// The rows of a run in order of its graph, or those in one state.
  package func instances(
    of run: RunSummary, in state: InstanceRow.State? = nil
  ) throws(StoreError) -> [InstanceRow] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT position, name, state, key, attempt, attempts, started, elapsed, cpu, memory,
            failure, fraction, message
          FROM instance WHERE run = ?1 AND (?2 IS NULL OR state = ?2) ORDER BY position
          """, arguments: [run.id, state?.name])
    }.compactMap { row in
      guard let state = InstanceRow.State(name: row[2]) else { return nil }
      var instance = InstanceRow(position: row[0], name: row[1], state: state)
      instance.key = row[3]
      instance.attempt = row[4]
      instance.attemptCount = row[5]
      instance.started = (row[6] as Double?).map(Date.init(timeIntervalSince1970:))
      instance.cost = Cost(
        elapsedSeconds: row[7] ?? 0, cpuSeconds: row[8] ?? 0, peakMemoryBytes: row[9] ?? 0)
      instance.failure = row[10]
      instance.fraction = row[11]
      instance.message = row[12]
      return instance
    }
  }

  /// The attempts of a run at an instance, the first one first. For a result that the run took
  /// from the store this is the attempt that computed it.
  package func attempts(
    of run: RunSummary, at instance: InstanceRow
  ) throws(StoreError) -> [StoredAttempt] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, number, state, started FROM attempt
          WHERE run = ?1 AND instance = ?2
            OR (?4 AND id = (SELECT attempt FROM action WHERE key = ?3))
          ORDER BY started, number
          """,
        arguments: [
          run.id, instance.name, instance.key,
          instance.state == .ended(.cached) || instance.state == .ended(.shared),
        ])
    }.map { row in
      StoredAttempt(
        id: row[0], number: row[1], state: row[2], started: Date(timeIntervalSince1970: row[3]))
    }
  }

  private func summaries(
    _ condition: String, _ arguments: StatementArguments
  ) throws(StoreError) -> [RunSummary] {
    let (rows, counts) = try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT id, name, experiment, file, profile, state, started, elapsed, tags, label, total,
            process, owner FROM run \(condition)
          """, arguments: arguments)
      let count = try db.cachedStatement(
        sql: "SELECT state, count(*) FROM instance WHERE run = ? GROUP BY state")
      return (rows, try rows.map { try Row.fetchAll(count, arguments: [$0[0] as Int64]) })
    }
    return zip(rows, counts).map { row, counts in summary(row, counts) }
  }

  private func summary(_ row: Row, _ counts: [Row]) -> RunSummary {
    var state = RunSummary.State(rawValue: row[5]) ?? .lost
    // The next start of a runner will say so in the row; a reader must not.
    if state == .running, !FileLock.isHeld(workspace.ownerLock(row[12])) { state = .lost }
    let started = Date(timeIntervalSince1970: row[6])
    var labels = RunLabels()
    labels.name = row[1]
    labels.label = row[9]
    if case .map(let tags)? = try? Value(json: Data((row[8] as String).utf8)) {
      labels.tags = tags.mapValues(\.plainText)
    }
    let pairs = counts.compactMap { count in
      InstanceRow.State(name: count[0]).map { ($0, count[1] as Int) }
    }
    return RunSummary(
      id: row[0], name: row[1], experiment: row[2], file: row[3], profile: row[4], state: state,
      started: started,
      elapsedSeconds: state == .running ? now().timeIntervalSince(started) : row[7] as Double?,
      labels: labels, total: row[10], counts: Dictionary(uniqueKeysWithValues: pairs),
      process: row[11])
  }
}
