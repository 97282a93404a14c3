import Foundation
import Pipeline
import Testing

/// Kills a process at each step of the commit protocol and looks at what the next start makes of
/// what it left behind.
@Suite struct CrashTests {
  /// A moment, as the environment variable names it; transactions are those of the clean-up after
  /// the earlier process, of the run, of the attempt's begin and of its commit.
  struct Moment: Sendable, CustomTestStringConvertible {
    let name: String
    var leavesFolder = true
    var isCommitted = false

    var testDescription: String { name }
  }

  private static let moments = [
    Moment(name: "locked", leavesFolder: false), Moment(name: "writing:3", leavesFolder: false),
    Moment(name: "written:3", leavesFolder: false), Moment(name: "begun"), Moment(name: "ran"),
    Moment(name: "storing"), Moment(name: "stored"), Moment(name: "described"),
    Moment(name: "writing:4"), Moment(name: "written:4", isCommitted: true),
    Moment(name: "committed", isCommitted: true),
  ]

  @Test func eachStepIsTried() {
    let tried = Set(Self.moments.map { $0.name.split(separator: ":")[0] } + ["removed"])
    #expect(tried == Set(CrashPoint.Step.allCases.map { $0.rawValue[...] }))
  }

  @Test(arguments: moments)
  func theNextStartCleansUpAndLosesNothing(moment: Moment) async throws {
    let folder = try TemporaryFolder()
    do {
      let store = try Store(folder.workspace)
      _ = try store.compute("earlier", ["out": "kept"])
    }
    let root = folder.workspace.root.path
    let name = moment.name
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [root = root as String, name = name as String] in
      let store = try Store(
        Workspace(URL(filePath: root)), durability: .strict,
        crashPoint: CrashPoint(environment: ["PIPELINE_CRASH_AT": name]))
      _ = try store.compute("k", ["large": largeText, "small": "s"])
    }
    #expect(folder.names(in: "tmp").count == (moment.leavesFolder ? 1 : 0))

    let store = try Store(folder.workspace)
    #expect(folder.names(in: "tmp").isEmpty)
    #expect(folder.names(in: "locks").count == 1, "only our own lock remains")
    #expect(try store.action("earlier")?.outputs.count == 1)
    let states = try folder.texts("SELECT state FROM run ORDER BY id DESC LIMIT 1")
    #expect(states == ["lost"])
    let again = try store.compute("k", ["large": largeText, "small": "s"])
    #expect(again.isShared == moment.isCommitted)
    #expect(try store.action("k")?.outputs.map(\.slot) == ["large", "small"])
    #expect(folder.artifactFiles.count == 1)
    #expect(try store.verify().damages.isEmpty)
  }

  /// The rows of a result are gone, its file is not: it is no result, and the file is taken again
  /// when it is computed.
  @Test func aRemovalThatIsCutShortLeavesOnlyFiles() async throws {
    let folder = try TemporaryFolder()
    let root = folder.workspace.root.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [root = root as String] in
      let store = try Store(Workspace(URL(filePath: root)), crashPoint: CrashPoint(.removed))
      let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
      _ = try store.compute("k", ["large": largeText], run: run.id)
      try store.endRun(run.id, state: .done, elapsedSeconds: 1, instances: [])
      let entries = try store.entries()
      _ = try store.remove(entries)
    }
    #expect(folder.artifactFiles.count == 1)
    let store = try Store(folder.workspace)
    #expect(try store.action("k") == nil)
    #expect(try store.compute("k", ["large": largeText]).computed != nil)
    #expect(folder.artifactFiles.count == 1)
    #expect(try store.verify().damages.isEmpty)
  }

  @Test func aCrashPointOutsideTheListDoesNothing() throws {
    let folder = try TemporaryFolder()
    let store = try Store(
      folder.workspace, crashPoint: CrashPoint(environment: ["PIPELINE_CRASH_AT": "nowhere"]))
    #expect(try store.compute("k", ["out": "x"]).computed != nil)
  }

  @Test func theFolderOfALivingProcessIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let store = try Store(folder.workspace)
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
    let attempt = Attempt(key: "k", run: run.id, instance: "i", number: 1)
    _ = try store.compute(attempt, parts: KeyParts(stored: [])) { path in
      _ = try Store(folder.workspace)
      #expect(FileManager.default.fileExists(atPath: path))
      let states = try folder.texts("SELECT state FROM run")
      #expect(states == ["running"])
      return ([], Cost())
    }
  }
}
