import Dispatch
import Foundation
import Pipeline
import Testing

struct WriteGroupTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Eight threads begin runs at once: each row is there when its call returns.
  @Test func everyCallerFindsItsWriteCommitted() throws {
    let store = try Store(folder.workspace)
    let faults = Collected<String>()
    DispatchQueue.concurrentPerform(iterations: 8) { lane in
      for number in 0..<25 {
        var labels = RunLabels()
        labels.name = "run-\(lane)-\(number)"
        do {
          let run = try store.beginRun(
            experiment: "e", file: "f", profile: "p", labels: labels)
          let found = try folder.texts("SELECT name FROM run WHERE id = \(run.id)")
          if found != [run.name] { faults.append("\(run.name): found \(found)") }
        } catch { faults.append("\(lane)-\(number): \(error)") }
      }
    }
    #expect(faults.values == [])
    #expect(try folder.texts("SELECT count(*) FROM run") == ["200"])
  }

  @Test func aRefusedWriteLeavesTheOthersAlone() throws {
    let store = try Store(folder.workspace)
    let failures = Collected<String>()
    DispatchQueue.concurrentPerform(iterations: 12) { lane in
      // An attempt of a run that does not exist breaks a foreign key.
      let run: Int64? = lane % 3 == 0 ? 999 : nil
      do { _ = try store.compute("key\(lane)", ["out": "\(lane)"], run: run) } catch {
        failures.append("key\(lane)")
      }
    }
    #expect(failures.values.sorted() == ["key0", "key3", "key6", "key9"])
    #expect(try folder.texts("SELECT count(*) FROM action") == ["8"])
  }
}
