import Foundation

/// Runs cases of one target in child processes, and starts another one behind each failure.
struct Supervisor: Sendable {
  struct Outcome: Sendable {
    var caseCount = 0
    var acceptedCount = 0
    var failures: [String] = []

    static func += (sum: inout Outcome, other: Outcome) {
      sum.caseCount += other.caseCount
      sum.acceptedCount += other.acceptedCount
      sum.failures += other.failures
    }
  }

  /// A case that takes longer hangs.
  private static let patienceSeconds = 20.0
  private static let failureLimit = 10

  let target: String
  let seed: UInt64
  let corpus: URL
  let scratch: URL

  func run(_ cases: Range<Int>) -> Outcome {
    var outcome = Outcome()
    var next = cases.lowerBound
    while next < cases.upperBound, outcome.failures.count < Self.failureLimit {
      let (reached, accepted, end) = runChild(next..<cases.upperBound)
      outcome.acceptedCount += accepted
      if reached >= cases.upperBound, end == nil {
        next = cases.upperBound
      } else {
        outcome.failures.append(
          "case \(reached): \(end ?? "ended early"); again with: --target '\(target)' "
            + "--seed \(seed) --first \(reached) --cases 1")
        next = reached + 1
      }
      outcome.caseCount = next - cases.lowerBound
    }
    return outcome
  }

  /// - Returns: the number of the case it came to, how many it accepted, and how it failed.
  private func runChild(_ cases: Range<Int>) -> (reached: Int, accepted: Int, end: String?) {
    // Blocks of several targets run side by side.
    let note = scratch.appending(path: "note-\(target)-\(cases.lowerBound)")
    defer { try? FileManager.default.removeItem(at: note) }
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "--target", target, "--seed", String(seed), "--first", String(cases.lowerBound), "--cases",
      String(cases.count), "--corpus", corpus.path, "--scratch", scratch.path, "--note",
      note.lastPathComponent,
    ]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else {
      return (cases.lowerBound, 0, "the child did not start")
    }
    var last = cases.lowerBound
    var lastChange = Date()
    var isHanging = false
    while process.isRunning {
      usleep(50_000)
      let reached = progress(note)?.index ?? cases.lowerBound
      if reached != last {
        last = reached
        lastChange = Date()
      } else if Date().timeIntervalSince(lastChange) > Self.patienceSeconds {
        isHanging = true
        kill(process.processIdentifier, SIGKILL)
      }
    }
    process.waitUntilExit()
    let state = progress(note) ?? (cases.lowerBound, 0)
    if isHanging {
      return (state.index, state.accepted, "no end in \(Int(Self.patienceSeconds)) s")
    }
    if process.terminationReason == .uncaughtSignal {
      return (state.index, state.accepted, "killed by signal \(process.terminationStatus)")
    }
    let isGood = process.terminationStatus == 0
    return (state.index, state.accepted, isGood ? nil : "exit \(process.terminationStatus)")
  }

  private func progress(_ note: URL) -> (index: Int, accepted: Int)? {
    guard let data = try? Data(contentsOf: note), data.count == 16 else { return nil }
    return data.withUnsafeBytes {
      ($0.loadUnaligned(as: Int.self), $0.loadUnaligned(fromByteOffset: 8, as: Int.self))
    }
  }
}
