import Foundation
import GRDB
import Pipeline
import Testing

struct HistoryTests {
  private let folder: TemporaryFolder
  private let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(folder.workspace, now: { Date(timeIntervalSince1970: 86_400) })
  }

  private func begin(_ name: String, experiment: String = "e", total: Int = 3) throws -> StoredRun {
    var labels = RunLabels()
    labels.name = name
    labels.tags = ["owner": "ci"]
    labels.label = "first try"
    return try store.beginRun(
      experiment: experiment, file: "e.yaml", profile: "smoke", labels: labels,
      instanceCount: total)
  }

  private func text(of body: () throws -> Void) throws -> String {
    try #require(throws: StageFailure.self, performing: body).description
  }

  @Test func aRunIsSeenWhileItGoesOn() throws {
    let run = try begin("red")
    let reader = try Store(readOnly: folder.workspace)
    let summary = try #require(try reader.runs(runningOnly: true).first)
    #expect(summary.state == .running && summary.queuedCount == 3 && summary.runningCount == 0)
    #expect(summary.labels.tags == ["owner": "ci"] && summary.labels.label == "first try")
    var row = InstanceRow(position: 1, name: "model[seed=1]", state: .ended(.done))
    row.attempt = "a"
    row.attemptCount = 2
    try store.endRun(run.id, state: .failed, elapsedSeconds: 4, instances: [row])
    let ended = try reader.run(named: "red")
    #expect(ended.state == .failed && ended.elapsedSeconds == 4 && ended.queuedCount == 2)
    let rows = try reader.instances(of: ended)
    #expect(rows.map(\.name) == ["model[seed=1]"] && rows[0].attemptCount == 2)
    #expect(try reader.runs(runningOnly: true).isEmpty)
  }

  /// The time stands before every name.
  private static let day = "19700102-000000-"

  @Test func namesMayBeShortened() throws {
    for name in ["alpha-1", "alpha-2", "beta"] {
      _ = try begin(name, experiment: name == "beta" ? "other" : "e")
    }
    let day = Self.day
    let root = folder.workspace.root.path
    #expect(try store.run(named: "latest").name == day + "beta")
    #expect(try store.run(named: "e/latest").name == day + "alpha-2")
    #expect(try store.run(named: "other/19").name == day + "beta")
    #expect(try store.run(named: "results/e/\(day)alpha-1").name == day + "alpha-1")
    #expect(try store.run(named: "b").name == day + "beta")
    #expect(try store.run(named: day + "beta").name == day + "beta")
    #expect(try store.run(named: "e").name == day + "alpha-2")
    #expect(try store.run(named: "other/beta").name == day + "beta")
    #expect(
      try text { _ = try store.run(named: "alp") } == """
        \(root): 'alp' begins several runs
          among them \(day)alpha-2, \(day)alpha-1
          fix: 'pipeline runs' lists all
        """)
    #expect(
      try text { _ = try store.run(named: "gamma") } == """
        \(root): there is no run 'gamma' here
          the newest are \(day)beta, \(day)alpha-2, \(day)alpha-1
          fix: 'pipeline runs' lists all
        """)
  }

  @Test func aTakenNameGetsANumber() throws {
    let names = try [begin("x"), begin("x"), begin("x")].map(\.name)
    #expect(names == ["x", "x-2", "x-3"].map { Self.day + $0 })
  }

  @Test func conditionsChooseRuns() throws {
    let done = try begin("done")
    try store.endRun(done.id, state: .done, elapsedSeconds: 90, instances: [])
    let failed = try begin("failed")
    try store.endRun(failed.id, state: .failed, elapsedSeconds: 5, instances: [])
    for (condition, names) in [
      ("state == 'failed'", ["failed"]), ("elapsed > 60 and tags.owner == 'ci'", ["done"]),
      ("profile == 'smoke' and total == 3", ["failed", "done"]), ("not (executed == 0)", []),
      ("tags.nobody == 'x'", []),
    ] {
      let filter = try RunFilter(condition)
      let found = try store.runs().filter { try filter.accepts($0) }.map(\.name)
      #expect(found == names.map { Self.day + $0 })
    }
    let names =
      "name, experiment, profile, state, label, tags, elapsed, total, executed, cached, failed"
    let unknown = #expect(throws: Diagnostic.self) {
      try RunFilter("stat == 'x'").accepts(store.run(named: "done"))
    }
    #expect(unknown?.what == "condition 'stat == 'x'', character 1: there is no parameter 'stat'")
    #expect(unknown?.why == "the names are \(names)")
    #expect(unknown?.fix == "did you mean 'state'?")
    let number = #expect(throws: Diagnostic.self) {
      try RunFilter("total").accepts(store.run(named: "done"))
    }
    #expect(number?.what == "'total' is an integer, not true or false")
    #expect(number?.why == "it chooses runs")
    #expect(number?.fix == "write a condition: state == 'failed'")
  }

  @Test func aRunWhoseProcessDiedIsLost() throws {
    _ = try begin("red")
    // As after a kill: the row says running, the kernel has let go of the owner's lock.
    try database(folder.workspace.database).write {
      try $0.execute(sql: "UPDATE run SET owner = 'nobody'")
    }
    let run = try Store(readOnly: folder.workspace).run(named: "red")
    #expect(run.state == .lost)
    #expect(try RunCancellation(store, graceSeconds: 0).cancel(run) == .ownerIsDead)
  }

  /// A reused process number is not enough: the start differs.
  @Test func anotherProcessWithTheNumberIsNotAsked() throws {
    _ = try begin("red")
    try database(folder.workspace.database).write {
      try $0.execute(sql: "UPDATE run SET process = '\(getpid()) 1 boot'")
    }
    let run = try store.run(named: "red")
    #expect(run.state == .running)
    #expect(try RunCancellation(store, graceSeconds: 0).cancel(run) == .ownerIsDead)
  }

  @Test func anEndedRunIsNotCancelled() throws {
    let run = try begin("red")
    try store.endRun(run.id, state: .done, elapsedSeconds: 1, instances: [])
    let outcome = try RunCancellation(store, graceSeconds: 0).cancel(store.run(named: "red"))
    #expect(outcome == .hadEnded(.done))
  }

  /// The log of a result from the store is that of its computation, in whatever run that was.
  @Test func attemptsOfAnInstance() throws {
    let first = try begin("first")
    _ = try store.compute("k", ["out": "x"], run: first.id)
    var row = InstanceRow(position: 0, name: "k", state: .ended(.done))
    row.key = "k"
    try store.endRun(first.id, state: .done, elapsedSeconds: 1, instances: [row])
    let second = try begin("second")
    row.state = .ended(.cached)
    try store.endRun(second.id, state: .done, elapsedSeconds: 1, instances: [row])
    let made = try store.attempts(of: store.run(named: "first"), at: row)
    let found = try store.attempts(of: store.run(named: "second"), at: row)
    #expect(made.count == 1 && made.map(\.id) == found.map(\.id) && made[0].state == "done")
  }
}
