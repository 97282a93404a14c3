import Dispatch
import Foundation
import Pipeline
import Synchronization
import Testing

@Suite struct RunnerTests {
  private let harness: Harness
  private let diamond = [
    Node("a"), Node("b", ["a"]), Node("c", ["a"]), Node("d", ["b", "c"]),
  ]

  init() throws {
    harness = try Harness()
  }

  @Test func aSecondRunExecutesNothing() throws {
    let first = try harness.run(diamond)
    #expect(first.states == ["a: done", "b: done", "c: done", "d: done"])
    #expect(harness.started.values == ["a", "b", "c", "d"])
    let hash = SHA256.hex(of: "dbaca")
    #expect(first.instances[3].output("out")?.hash == hash)
    let second = try harness.run(diamond)
    #expect(second.states == ["a: cached", "b: cached", "c: cached", "d: cached"])
    #expect(harness.started.values.count == 4)
    #expect(second.instances[3].output("out")?.hash == hash)
    #expect(second.exitStatus == .ok)
  }

  @Test func renamingStagesCostsNothing() throws {
    _ = try harness.run(diamond)
    let renamed = [
      Node("w", text: "a"), Node("x", ["w"], text: "b"), Node("y", ["w"], text: "c"),
      Node("z", ["x", "y"], text: "d"),
    ]
    #expect(try harness.run(renamed).count(.cached) == 4)
  }

  @Test func anEqualOutputOfAChangedStageStopsTheWork() throws {
    let body: @Sendable (String, StageJob, Cancellation) throws -> String = { text, job, _ in
      text.hasPrefix("a") ? "same" : text + (try Harness.inputTexts(job)).joined()
    }
    _ = try harness.run(diamond, body: body)
    var changed = diamond
    changed[0].text = "a2"
    let record = try harness.run(changed, body: body)
    #expect(record.states == ["a: done", "b: cached", "c: cached", "d: cached"])
  }

  @Test func aForcedInstanceRunsAndItsConsumersOnlyIfItsOutputDiffers() throws {
    _ = try harness.run(diamond)
    let record = try harness.run(diamond, options: .with { $0.forced = [1] })
    #expect(record.states == ["a: cached", "b: done", "c: cached", "d: cached"])
  }

  @Test func whatIsLeftOutComesFromTheStoreOrNotAtAll() throws {
    let nothing = try harness.run(diamond, options: .with { $0.selected = [3] })
    #expect(nothing.states == ["a: skipped", "b: skipped", "c: skipped", "d: skipped"])
    #expect(nothing.instances[0].skipReason == .leftOut)
    #expect(nothing.instances[1].skipReason == .upstream(0))
    #expect(try harness.run(diamond, options: .with { $0.selected = [0, 1] }).count(.done) == 2)
    let some = try harness.run(diamond, options: .with { $0.selected = [2] })
    #expect(some.states == ["a: cached", "b: cached", "c: done", "d: skipped"])
    let forced = try harness.run(
      diamond,
      options: .with {
        $0.selected = [3]
        $0.forced = [0, 3]
      })
    #expect(forced.states == ["a: cached", "b: cached", "c: cached", "d: done"])
    #expect(forced.exitStatus == .ok)
  }

  @Test func equalInstancesComputeOnce() throws {
    let twins = [Node("a", text: "t"), Node("b", text: "t"), Node("c", ["b"], text: "u")]
    let record = try harness.run(twins, jobs: 2)
    #expect(record.states == ["a: done", "b: shared", "c: done"])
    #expect(harness.started.values.sorted() == ["t", "u"])
  }

  @Test func theLongestWayToTheEndStartsFirst() throws {
    let nodes = [
      Node("short", seconds: 1), Node("long", seconds: 5), Node("first", seconds: 1),
      Node("then", ["first"], seconds: 9), Node("also", seconds: 5),
    ]
    _ = try harness.run(nodes)
    #expect(harness.started.values == ["first", "then", "long", "also", "short"])
  }

  // MARK: Failures

  private static let broken: @Sendable (String, StageJob, Cancellation) throws -> String = {
    text, _, _ in
    if text == "bad" {
      throw StageFailure(at: "rate", "it is wrong", why: "because", fix: "mend it")
    }
    return text
  }

  private let withFailure = [
    Node("bad", seconds: 9), Node("after", ["bad"]), Node("free"), Node("later", ["after"]),
  ]

  @Test func aFailureEndsTheStartingOfStages() throws {
    let record = try harness.run(withFailure, body: Self.broken)
    #expect(record.states == ["bad: failed", "after: skipped", "free: skipped", "later: skipped"])
    #expect(
      record.instances.map(\.skipReason) == [nil, .upstream(0), .stopped, .upstream(1)])
    let failure = try #require(record.instances[0].failure)
    #expect(failure.description == "rate: it is wrong\n  because\n  fix: mend it")
    #expect(failure.failureClass == .input)
    #expect(record.exitStatus == .stagesFailed)
    #expect(try harness.folder.texts("SELECT state FROM run") == ["failed"])
  }

  @Test func keepGoingRunsWhatIsIndependent() throws {
    let record = try harness.run(
      withFailure, options: .with { $0.keepsGoing = true }, body: Self.broken)
    #expect(record.states == ["bad: failed", "after: skipped", "free: done", "later: skipped"])
    #expect(record.exitStatus == .stagesFailed)
  }

  @Test func anEnvironmentFailureHasItsOwnExitStatus() throws {
    let record = try harness.run([Node("a")]) { _, _, _ in
      throw FileError("write", "/full", code: ENOSPC)
    }
    #expect(record.exitStatus == .environment)
    #expect(record.instances[0].failure?.what == "no space left for '/full'")
  }

  @Test(
    arguments: [
      ([.busy(path: "/db")], .timedOut),
      ([.damaged(path: "/db", detail: "torn")], .damaged),
      ([.diskFull(path: "/db"), .busy(path: "/db")], .environment),
      ([.diskFull(path: "/db"), .damaged(path: "/db", detail: "torn")], .damaged),
    ] as [([StoreError], Pipeline.ExitStatus)])
  func troubleOfTheStoreKeepsItsExitStatus(
    errors: [StoreError], status: Pipeline.ExitStatus
  ) throws {
    let nodes = errors.indices.map { Node("\($0)") }
    let record = try harness.run(nodes, options: .with { $0.keepsGoing = true }) { text, _, _ in
      throw errors[Int(text) ?? 0]
    }
    #expect(record.count(.failed) == errors.count)
    #expect(record.exitStatus == status)
  }

  @Test func aBugBesideTheEnvironmentIsAFailedStage() throws {
    let nodes = [Node("bad"), Node("full")]
    let record = try harness.run(nodes, options: .with { $0.keepsGoing = true }) { text, _, _ in
      if text == "full" { throw StoreError.diskFull(path: "/db") }
      throw StageFailure(at: "rate", "it is wrong")
    }
    #expect(record.exitStatus == .stagesFailed)
  }

  @Test func aStageThatStopsUnaskedHasFailed() throws {
    let record = try harness.run([Node("a")]) { _, _, _ in throw StageCancelled() }
    #expect(record.states == ["a: failed"])
    #expect(record.exitStatus == .stagesFailed)
  }

  @Test func disabledStagesTakeTheirConsumersWithThem() throws {
    let nodes = [
      Node("off").with { $0.isEnabled = false },
      Node("fed", ["off"]).with { $0.isEnabled = false }, Node("on"),
    ]
    let record = try harness.run(nodes)
    #expect(record.states == ["off: skipped", "fed: skipped", "on: done"])
    #expect(record.instances.map(\.skipReason) == [.condition, .upstream(0), nil])
    #expect(record.exitStatus == .ok)
  }

  @Test func needsGiveOrderWithoutData() throws {
    let nodes = [Node("a"), Node("b", seconds: 9).with { $0.needs = ["a"] }]
    _ = try harness.run(nodes, jobs: 2)
    #expect(harness.started.values == ["a", "b"])
  }

  @Test(arguments: [
    (AttemptFailure(.lost, "gone"), 3, 3), (AttemptFailure(.lost, "gone"), 5, 4),
    (AttemptFailure(.input, "bad"), 3, 1),
  ])
  func retriesFollowTheirCauses(failure: AttemptFailure, failures: Int, attempts: Int) throws {
    let node = Node("a").with {
      $0.resources.maxRetries = 3
      $0.resources.retryCauses = [.lost]
    }
    let count = Atomic(0)
    let record = try harness.run([node]) { text, _, _ in
      let number = count.add(1, ordering: .relaxed).newValue
      if number < failures { throw failure }
      return text
    }
    #expect(record.instances[0].attemptCount == attempts)
    let succeeds = attempts == failures
    #expect(record.instances[0].state == (succeeds ? .done : .failed))
  }

  // MARK: Tokens

  @Test(arguments: [1, 2, 3])
  func tokensAreNeverOversubscribed(jobs: Int) throws {
    let nodes = (0..<40).map { index in
      Node("n\(index)").with {
        $0.resources.cpus = 1 + index % 3
        $0.resources.memoryBytes = (1 + index % 4) << 20
      }
    }
    let inUse = Mutex((cpus: 0, memory: 0))
    let worst = Mutex((cpus: 0, memory: 0))
    let record = try harness.run(nodes, jobs: jobs, options: .with { $0.memoryBytes = 5 << 20 }) {
      text, job, _ in
      let now = inUse.withLock { use in
        use.cpus += job.lanes
        use.memory += job.memoryBytes
        return use
      }
      worst.withLock { $0 = (max($0.cpus, now.cpus), max($0.memory, now.memory)) }
      sched_yield()
      inUse.withLock { use in
        use.cpus -= job.lanes
        use.memory -= job.memoryBytes
      }
      return text
    }
    #expect(record.count(.done) == 40)
    #expect(worst.withLock { $0.cpus } <= jobs)
    #expect(worst.withLock { $0.memory } <= 5 << 20)
  }

  @Test func lanesAreTheStagesCPUsWithinTheJobs() throws {
    let lanes = Collected<Int>()
    let nodes = [1, 2, 8].map { cpus in
      Node("n\(cpus)", seconds: Double(cpus)).with { $0.resources.cpus = cpus }
    }
    _ = try harness.run(nodes, jobs: 2) { text, job, _ in
      lanes.append(job.lanes)
      return text
    }
    #expect(lanes.values == [2, 2, 1])
  }

  // MARK: Cancellation

  @Test func aCancelledRunStartsNothingNewAndKeepsWhatIsDone() throws {
    let cancellation = Cancellation()
    let nodes = [Node("a"), Node("b", ["a"]), Node("c", ["b"])]
    let record = try harness.run(nodes, cancellation: cancellation) { text, _, cancellation in
      if text == "b" {
        cancellation.request()
        throw StageCancelled()
      }
      return text
    }
    #expect(record.states == ["a: done", "b: cancelled", "c: cancelled"])
    #expect(record.exitStatus == .interrupted)
    #expect(try harness.run(nodes).states == ["a: cached", "b: done", "c: done"])
  }

  // MARK: The store

  @Test func aDamagedInputIsMadeAgain() throws {
    let nodes = [Node("a", text: largeText), Node("b", ["a"], text: "b")]
    _ = try harness.run(nodes)
    let path = try #require(
      harness.folder.artifactFiles.first {
        $0.hasSuffix(
          SHA256.hex(of: largeText))
      })
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    var data = try Data(contentsOf: URL(filePath: path))
    data[3] ^= 1
    try data.write(to: URL(filePath: path))
    // Another process, which has not yet looked at the bytes.
    let other = try Harness(sharing: harness)
    let messages = Collected<String>()
    var changed = nodes
    changed[1].text = "b2"
    let record = try other.run(
      changed, observer: { if case .message(_, let text) = $0 { messages.append(text) } })
    #expect(record.states == ["a: done", "b: done"])
    #expect(
      messages.values == [
        "artifact \(SHA256.hex(of: largeText).prefix(12)) is damaged "
          + "('\(path)' was altered); made again"
      ])
    #expect(record.exitStatus == .ok)
  }

  @Test func twoRunsAtOnceComputeEachKeyOnce() throws {
    let other = try Harness(sharing: harness)
    let nodes = (0..<20).map { Node("n\($0)") }
    let records = Collected<RunRecord>()
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      if let record = try? (index == 0 ? harness : other).run(nodes) { records.append(record) }
    }
    #expect(records.values.count == 2)
    let all = harness.started.values + other.started.values
    #expect(all.sorted() == nodes.map(\.name).sorted())
    #expect(records.values.allSatisfy { $0.exitStatus == .ok })
  }

  @Test func anInstanceThatWaitsForAnotherProcessIsNotStarted() throws {
    let other = try Harness(sharing: harness)
    let hasBegun = DispatchSemaphore(value: 0)
    let mayEnd = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [harness] in
      _ = try? harness.run(
        [Node("a")],
        body: { text, _, _ in
          hasBegun.signal()
          mayEnd.wait()
          return text
        })
    }
    hasBegun.wait()
    let events = Collected<String>()
    _ = try other.run(
      [Node("a")],
      observer: { event in
        switch event {
        case .started: events.append("started")
        case .message(_, let text):
          events.append(text)
          mayEnd.signal()
        case .ended(_, let record): events.append(record.state.rawValue)
        case .began, .progress, .retry: break
        }
      })
    #expect(events.values == ["another process computes this; waiting for it", "shared"])
  }

  @Test func aStartIsToldBeforeWhatFollowsIt() throws {
    let events = Collected<String>()
    _ = try harness.run(
      [Node("a")],
      observer: { event in
        switch event {
        case .began: events.append("began")
        case .started(_, let attempt, let lanes): events.append("started \(attempt) \(lanes)")
        case .ended(_, let record): events.append(record.state.rawValue)
        case .progress, .retry, .message: break
        }
      })
    #expect(events.values == ["began", "started 1 1", "done"])
  }

  @Test func aThousandInstances() throws {
    var nodes = (0..<500).map { Node("n\($0)") }
    nodes += (0..<499).map { Node("m\($0)", ["n\($0)", "n\($0 + 1)"]) }
    nodes.append(Node("all", (0..<499).map { "m\($0)" }))
    #expect(try harness.run(nodes, jobs: 2).count(.done) == 1000)
    #expect(try harness.run(nodes, jobs: 2).count(.cached) == 1000)
    #expect(harness.started.values.count == 1000)
  }

  @Test func historyAndEventsTellTheSame() throws {
    let ended = Collected<String>()
    let record = try harness.run(
      diamond,
      observer: { event in
        if case .ended(_, let record) = event {
          ended.append("\(record.name): \(record.state.rawValue)")
        }
      })
    #expect(ended.values == record.states)
    #expect(
      try harness.folder.texts("SELECT name || ' ' || state FROM run") == [record.name + " done"])
    let stored = try harness.folder.texts(
      "SELECT name || ' ' || key FROM instance ORDER BY position")
    #expect(stored == record.instances.map { "\($0.name) \($0.key ?? "")" })
  }
}
