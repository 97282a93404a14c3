import Foundation
import Pipeline
import Synchronization
import Testing

/// A clock that stands still until it is told.
private final class FakeClock: Sendable {
  private let seconds = Mutex(1_000_000_000.0)

  var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }

  func advance(_ duration: Double) { seconds.withLock { $0 += duration } }
}

@Suite struct CollectionTests {
  private static let day = 86_400.0
  private let folder: TemporaryFolder
  private let clock = FakeClock()
  private let store: Store

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(folder.workspace, now: { [clock] in clock.now })
  }

  /// A finished run whose only instance computed a key, by default with the key as its content.
  @discardableResult
  private func run(
    _ experiment: String, _ key: String, _ texts: [String: String]? = nil,
    tags: [String: String] = [:]
  ) throws -> String {
    var labels = RunLabels()
    labels.tags = tags
    let run = try store.beginRun(
      experiment: experiment, file: "f.yaml", profile: "p", labels: labels)
    _ = try store.compute(key, texts ?? ["out": key], run: run.id)
    try store.endRun(run.id, state: .done, elapsedSeconds: 1, instances: [row(key)])
    return run.name
  }

  private func row(_ key: String) -> InstanceRow {
    var row = InstanceRow(position: 0, name: "model[seed=1]", state: .ended(.done))
    row.key = key
    return row
  }

  /// A run that goes on, and uses what it computed.
  private func startRun(_ key: String, _ text: String) throws {
    let run = try store.beginRun(experiment: "a", file: "f.yaml", profile: "p")
    _ = try store.compute(key, ["out": text], run: run.id)
    try store.record([row(key)], of: run.id)
  }

  private func keys() throws -> [String] { try store.entries().map(\.key).sorted() }

  private func policy(_ change: (inout CollectionPolicy) -> Void = { _ in }) -> CollectionPolicy {
    var policy = CollectionPolicy()
    change(&policy)
    return policy
  }

  private func collect(_ policy: CollectionPolicy) throws -> GarbageCollection {
    try store.collect(try store.planCollection(policy), policy)
  }

  private func removeAll() throws -> Set<String> {
    let entries = try store.entries()
    return try store.remove(entries).keys
  }

  @Test func theLastRunsOfEachExperimentAreKept() throws {
    for number in 1...4 {
      try run("a", "a\(number)", ["out": "\(number)" + largeText])
      clock.advance(Self.day)
    }
    try run("b", "b1")
    clock.advance(Self.day)
    let policy = policy { $0.keptRunCount = 2 }
    let plan = try store.planCollection(policy)
    #expect(plan.entries.map(\.key) == ["a1", "a2"])
    #expect(plan.freedBytes == 2 * (largeText.utf8.count + 1))
    #expect(try keys().count == 5, "a plan removes nothing")
    let done = try store.collect(plan, policy)
    #expect(done.freedBytes == plan.freedBytes && done.entries.count == 2)
    #expect(try keys() == ["a3", "a4", "b1"])
    #expect(folder.artifactFiles.count == 2)
    #expect(try folder.texts("SELECT experiment FROM run ORDER BY id") == ["a", "a", "b"])
    #expect(try collect(policy).entries.isEmpty)
  }

  @Test func aContentThatAnotherResultNamesStays() throws {
    try run("a", "old", ["out": largeText])
    clock.advance(Self.day)
    try run("a", "new", ["out": largeText])
    clock.advance(Self.day)
    let done = try collect(policy { $0.keptRunCount = 1 })
    #expect(done.entries.map(\.key) == ["old"] && done.freedBytes == 0)
    #expect(try store.data(of: SHA256.hex(of: largeText)) == Data(largeText.utf8))
  }

  @Test func taggedNamedRunningAndYoungRunsAreKept() throws {
    try run("a", "tagged", tags: ["paper": "v1"])
    let name = try run("a", "named")
    try startRun("running", "r")
    try run("a", "forgotten")
    clock.advance(Self.day)
    try run("a", "young")
    let done = try collect(
      policy {
        $0.keptRunCount = 0
        $0.keptRuns = [name]
      })
    #expect(done.entries.map(\.key) == ["forgotten"])
    #expect(try keys() == ["named", "running", "tagged", "young"])
  }

  @Test func aSizeLimitTakesTheLeastRecentlyUsedFirst() throws {
    for number in 1...4 {
      try run("a", "a\(number)", ["out": "\(number)" + largeText])
      clock.advance(Self.day)
    }
    let size = largeText.utf8.count + 1
    let done = try collect(
      policy {
        $0.keptRunCount = 1
        $0.maxBytes = 2 * size
      })
    #expect(done.entries.map(\.key) == ["a1", "a2"])
    #expect(done.storedBytes == 4 * size && done.keptBytes == size)
    #expect(try keys() == ["a3", "a4"])
  }

  @Test func anAgeLimitTakesWhatWasNotUsedForSoLong() throws {
    for number in 1...4 {
      try run("a", "a\(number)")
      clock.advance(Self.day)
    }
    let done = try collect(
      policy {
        $0.keptRunCount = 1
        $0.maxAge = 2.5 * Self.day
      })
    #expect(done.entries.map(\.key) == ["a1", "a2"])
  }

  @Test func aRunUsesAgainWhatItFindsButNotesItOnceADay() throws {
    try run("a", "k")
    let uses = { try folder.texts("SELECT CAST(last_used AS INTEGER) FROM artifact") }
    let first = try uses()
    clock.advance(Self.day / 2)
    try run("a", "k")
    #expect(try uses() == first)
    clock.advance(Self.day)
    try run("a", "k")
    #expect(try uses() == [String(Int(clock.now.timeIntervalSince1970))])
  }

  /// A forced computation gave other bytes; a result was dropped: what they held goes later.
  @Test(arguments: [true, false])
  func contentsThatNoResultNamesGo(isLarge: Bool) throws {
    let text = isLarge ? largeText : "small"
    try run("a", "k", ["out": text])
    let run = try store.beginRun(experiment: "a", file: "f.yaml", profile: "p")
    _ = try store.compute("k", ["out": "other"], force: true, run: run.id)
    let count = { (table: String) in try folder.texts("SELECT hash FROM \(table)").count }
    #expect(try collect(policy()).leftovers.isEmpty)
    #expect(try count("artifact") == 2)
    clock.advance(3_601)
    #expect(try store.planCollection(policy()).leftovers.count == (isLarge ? 1 : 0))
    let done = try collect(policy())
    #expect(done.entries.isEmpty && done.leftoverBytes == (isLarge ? text.utf8.count : 0))
    #expect(folder.artifactFiles.isEmpty)
    #expect(try count("artifact") == 1 && count("blob") == 1)
    #expect(try store.data(of: SHA256.hex(of: "other")) == Data("other".utf8))
  }

  @Test func aContentThatNoResultNamesIsLeasedToo() throws {
    try run("a", "k", ["out": largeText])
    let other = try store.beginRun(experiment: "b", file: "f.yaml", profile: "p")
    _ = try store.compute("k", ["out": "other"], force: true, run: other.id)
    clock.advance(Self.day)
    let hash = SHA256.hex(of: largeText)
    let parts = KeyParts(
      stored: [KeyParts.Part(name: "input.from", value: "[[\"\(hash)\",[]]]")])
    let attempt = Attempt(key: "consumer", run: other.id, instance: "i", number: 1)
    _ = try store.compute(attempt, parts: parts) { _ in
      let leftovers = try collect(policy()).leftovers
      #expect(leftovers.isEmpty)
      return ([], Cost())
    }
    #expect(try collect(policy()).leftovers.count == 1)
  }

  /// The user thinks about it while others work.
  @Test func whatWasMadeAgainSinceThePlanStays() throws {
    for key in ["k1", "k2"] { try run("a", key, ["out": key + largeText]) }
    clock.advance(Self.day)
    let policy = policy { $0.keptRunCount = 0 }
    let plan = try store.planCollection(policy)
    #expect(plan.entries.map(\.key) == ["k1", "k2"])
    let run = try store.beginRun(experiment: "b", file: "f.yaml", profile: "p")
    _ = try store.compute("k1", ["out": "other"], force: true, run: run.id)
    try store.endRun(run.id, state: .done, elapsedSeconds: 1, instances: [])
    let done = try store.collect(plan, policy)
    #expect(done.entries.map(\.key) == ["k2"])
    #expect(try keys() == ["k1"])
    #expect(try store.data(of: SHA256.hex(of: "other")) == Data("other".utf8))
  }

  @Test func theTrialsOfASweepCountAsOneRun() throws {
    for number in 1...3 { try run("a", "first\(number)", tags: ["sweep": "first"]) }
    for number in 1...3 { try run("a", "second\(number)", tags: ["sweep": "second"]) }
    try run("a", "alone")
    try run("a", "tagged", tags: ["sweep": "first", "paper": "v1"])
    clock.advance(Self.day)
    let entries = try store.planCollection(policy { $0.keptRunCount = 2 }).entries
    #expect(Set(entries.map(\.key)) == ["second1", "second2", "second3"])
  }

  @Test func requestsOfForgottenRunsGo() throws {
    let names = [try run("a", "old"), try run("a", "new")]
    let requests = folder.workspace.root.appending(path: "runs")
    try FileManager.default.createDirectory(at: requests, withIntermediateDirectories: true)
    for name in names {
      try Data("{}".utf8).write(to: requests.appending(path: name + ".json"))
    }
    clock.advance(Date().timeIntervalSince(clock.now) + 2 * Self.day)
    let done = try collect(policy { $0.keptRunCount = 1 })
    #expect(done.leftovers.map(\.path) == ["\(requests.path)/\(names[0]).json"])
    #expect(folder.names(in: "runs") == ["\(names[1]).json"])
  }

  /// Files that no row names go when they are a day old; those of living attempts never.
  @Test func orphansAndOldLogsGo() throws {
    let root = folder.workspace.root.path
    let hash = SHA256.hex(of: "orphan")
    let paths = ["cas/\(hash.prefix(2))/\(hash)", "logs/unknown.log", "quarantine/bad.1"]
      .map { root + "/" + $0 }
    for path in paths {
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("old".utf8).write(to: URL(filePath: path))
    }
    let sinceNow = Date().timeIntervalSince(clock.now)
    clock.advance(sinceNow + 3_700)
    #expect(try collect(policy()).leftovers.isEmpty)
    clock.advance(Self.day)
    #expect(try collect(policy()).leftovers.map(\.path) == Array(paths.prefix(2)))
    clock.advance(7 * Self.day)
    let done = try collect(policy())
    #expect(done.leftovers.map(\.path) == [paths[2]] && done.leftoverBytes == 3)
    for path in paths { #expect(access(path, F_OK) != 0) }
  }

  @Test func aChosenResultIsRemovedUnlessARunUsesIt() throws {
    try run("a", "k1", ["out": "1" + largeText])
    try startRun("k2", "2" + largeText)
    let selector = try EntrySelector(parsing: "a/*")
    let chosen = try store.entries().filter { selector.matches($0) }
    #expect(chosen.count == 2)
    #expect(try store.remove(chosen).keys == ["k1"])
    #expect(try keys() == ["k2"])
  }

  @Test(arguments: [
    ("model", true), ("model[seed=1]", true), ("model[seed=2]", false), ("other", false),
    ("a/model", true), ("b/model", false), ("a/*", true), ("*", true), ("0123456789", true),
    ("0123456789ff", false), ("01234", false),
  ])
  func selectorsOfResults(text: String, matches: Bool) throws {
    try run("a", "0123456789abcdef")
    let entry = try #require(try store.entries().first)
    #expect(entry.name == "a/model[seed=1]")
    #expect(try EntrySelector(parsing: text).matches(entry) == matches)
  }

  @Test func theInputsOfARunningAttemptAreLeased() throws {
    try run("a", "k", ["out": largeText])
    clock.advance(Self.day)
    let other = try store.beginRun(experiment: "b", file: "f.yaml", profile: "p")
    let attempt = Attempt(key: "consumer", run: other.id, instance: "i", number: 1)
    let parts = KeyParts(
      stored: [
        KeyParts.Part(name: "input.from", value: "[[\"\(SHA256.hex(of: largeText))\",[]]]")
      ])
    _ = try store.compute(attempt, parts: parts) { _ in
      let removed = try removeAll()
      #expect(removed.isEmpty)
      return ([], Cost())
    }
    #expect(try removeAll() == ["consumer", "k"])
  }

  /// A consumer opens an input that was removed after its run had found it.
  @Test func whatIsRemovedUnderARunIsFoundGone() throws {
    try run("a", "k", ["out": largeText])
    let found = try #require(try store.action("k"))
    _ = try removeAll()
    #expect(throws: StoreError.self) { try store.data(of: found.outputs[0].hash) }
  }

  @Test func usageCountsEachContentOnce() throws {
    try run("a", "k1", ["out": largeText])
    try run("a", "k2", ["out": largeText, "more": "m"])
    let usage = try store.usage()
    #expect(usage.resultCount == 2 && usage.artifactCount == 2 && usage.runCount == 2)
    #expect(usage.artifactBytes == largeText.utf8.count + 1)
    #expect(usage.kinds.map(\.kind) == ["unknown"])
    #expect(usage.databaseBytes > 0)
  }
}
