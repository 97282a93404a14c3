import Foundation
import Testing

struct SweepTests {
  private struct Document: Decodable {
    struct Trial: Decodable {
      let trial: Int
      let state: String
      let parameters: [String: String]
      let objective: Double?
      let problem: String
      let executed: Int
      let run: String
    }

    let trials: [Trial]
    let best: Int?
    let folder: String
  }

  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
    try program.write(FlagsTests.spec, to: "experiments/small.yaml")
  }

  private func sweep(_ arguments: String...) throws -> (status: Int32, document: Document) {
    let outcome = try program.start(
      ["sweep", "experiments/small.yaml", "axes.seed=[1]", "--json"] + arguments
    ).finish()
    let document = try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
    return (outcome.status, document)
  }

  @Test func aFailedTrialDoesNotEndTheSweep() throws {
    let first = try sweep("x=1..50:7", "--objective", "max(s)", "--parallel", "2")
    #expect(first.status == 1)
    #expect(first.document.best == 6)
    #expect(first.document.trials.map(\.trial) == [6, 5, 4, 3, 2, 1, 7, 8])
    #expect(first.document.trials.map(\.objective) == [36, 29, 22, 15, 8, 1, nil, nil])
    #expect(first.document.trials[6].problem.contains("score[k="), "\(first.document.trials[6])")
    // A longer search with the same points costs only the new ones.
    let again = try sweep("x=1..50:7", "--objective", "max(s)", "--direction", "min")
    #expect(again.document.trials.prefix(6).map(\.executed) == [0, 0, 0, 0, 0, 0])
    #expect(again.document.trials.map(\.trial) == [1, 2, 3, 4, 5, 6, 7, 8])
    // One stored run for each trial, that of the last time.
    let stored = try FileManager.default.contentsOfDirectory(
      atPath: again.document.folder + "/trials")
    #expect(Set(stored).subtracting(["latest"]) == Set(again.document.trials.map(\.run)))
    let csv = try program.data(
      "results/small/sweeps/\(URL(filePath: again.document.folder).lastPathComponent)/trials.csv")
    #expect(String(decoding: csv, as: UTF8.self).hasPrefix("trial,x,max(s),state,"))
  }

  @Test func drawsGoOnWhereTheyWere() throws {
    let few = try sweep("x=1..30", "--strategy", "random", "--trials", "3")
    #expect(few.status == 0)
    let more = try sweep("x=1..30", "--strategy", "random", "--trials", "5")
    #expect(few.document.folder == more.document.folder)
    let points = { (document: Document) in
      document.trials.sorted { $0.trial < $1.trial }.map { $0.parameters["x"] }
    }
    #expect(Array(points(more.document).prefix(3)) == points(few.document))
    #expect(more.document.trials.filter { $0.trial <= 3 }.allSatisfy { $0.executed == 0 })
  }

  /// A second sweep removes the results that it replaces, and no others.
  @Test func onlyReplacedResultsAreRemoved() throws {
    let wide = try sweep("x=1,2,3", "--name", "s")
    let narrow = try sweep("x=1,2,3", "--name", "s", "--trials", "2")
    // Another sweep of the same name.
    let other = try sweep("x=1,2", "wait=0", "--name", "s")
    let runs = { (document: Document) in
      document.trials.sorted { $0.trial < $1.trial }.map(\.run)
    }
    let stored = try FileManager.default.contentsOfDirectory(
      atPath: wide.document.folder + "/trials")
    #expect(
      Set(stored).subtracting(["latest"])
        == Set([runs(wide.document)[2]] + runs(narrow.document) + runs(other.document)))
  }

  @Test func trialsNameTheirSweepInTheHistory() throws {
    let outcome = try sweep("x=1,2", "--name", "s")
    let run = try #require(outcome.document.trials.first?.run)
    let document = try program.data("results/small/sweeps/s/trials/\(run)/run.json")
    #expect(String(decoding: document, as: UTF8.self).contains("\"tags\":{\"sweep\":\"s\"}"))
    let listed = try program.run("runs", "--json", "--where", "tags.sweep == 's'")
    #expect(listed.output.contains(run), "\(listed)")
  }

  @Test func nothingStoredIsUsedWithoutTheCache() throws {
    let first = try sweep("x=1,2")
    #expect(first.document.trials.map(\.executed) == [4, 3])
    let again = try sweep("x=1,2", "--no-cache", "--parallel", "2", "--jobs", "2")
    #expect(again.document.trials.map(\.executed) == [4, 4])
  }

  /// More at a time than there are cores, and than there are jobs.
  @Test(arguments: ["1", "16"]) func manyTrialsAtATime(jobs: String) throws {
    let outcome = try sweep("x=1..16", "--parallel", "16", "--jobs", jobs)
    #expect(outcome.status == 0)
    #expect(outcome.document.trials.count { $0.state == "done" } == 16)
  }

  @Test(arguments: [
    (["x=3"], 3, "nothing varies in this sweep"),
    (["x=1,60"], 3, "60 is above the maximum 50"),
    (["y=1,2"], 3, "no such parameter"),
    (["x=1,2", "--objective", "t"], 3, "there is no table 't'"),
    (["x=1,2", "--objective", "s.acc"], 3, "table 's' has no column 'acc'"),
    (["x=1,2", "--objective", "s[kk=1]"], 3, "table 's' has no axis 'kk'"),
    (["x=1,2", "--objective", "s["], 3, "--objective 's['"),
    (["x=1,2", "--parallel", "0"], 2, "--parallel 0: 1 to 64"),
  ])
  func refusals(arguments: [String], status: Int32, expected: String) throws {
    let outcome = try program.start(["sweep", "experiments/small.yaml"] + arguments).finish()
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(expected), "\(outcome.errors)")
  }
}
