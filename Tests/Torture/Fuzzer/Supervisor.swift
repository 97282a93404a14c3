import Foundation

/// Runs the cases of one target in child processes, and starts another one behind each failure.
struct Supervisor {
  struct Outcome {
    var caseCount = 0
    var acceptedCount = 0
    var failures: [String] = []
  }

  /// A case that takes longer hangs.
  private static let patienceSeconds = 20.0
  private static let blockCount = 20_000

  let target: String
  let seed: UInt64
  let corpus: URL
  let scratch: URL

  func run(_ count: Int) -> Outcome {
    var outcome = Outcome()
    var next = 0
    while next < count, outcome.failures.count < 10 {
      let block = min(Self.blockCount, count - next)
      let (reached, accepted, end) = runChild(first: next, count: block)
      outcome.acceptedCount += accepted
      if reached >= next + block, end == nil {
        next += block
      } else {
        outcome.failures.append(
          "case \(reached): \(end ?? "ended early"); again with: --target '\(target)' "
            + "--seed \(seed) --first \(reached) --cases 1")
        next = reached + 1
      }
      outcome.caseCount = next
    }
    return outcome
  }

  /// - Returns: the number of the case it came to, how many it accepted, and how it failed.
  private func runChild(first: Int, count: Int) -> (reached: Int, accepted: Int, end: String?) {
    let note = scratch.appending(path: "note")
    try? FileManager.default.removeItem(at: note)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "--target", target, "--seed", String(seed), "--first", String(first), "--cases",
      String(count), "--corpus", corpus.path, "--scratch", scratch.path, "--note", "note",
    ]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return (first, 0, "the child did not start") }
    var last = first
    var lastChange = Date()
    var isHanging = false
    while process.isRunning {
      usleep(50_000)
      let reached = progress(note)?.index ?? first
      if reached != last {
        last = reached
        lastChange = Date()
      } else if Date().timeIntervalSince(lastChange) > Self.patienceSeconds {
        isHanging = true
        kill(process.processIdentifier, SIGKILL)
      }
    }
    process.waitUntilExit()
    let state = progress(note) ?? (first, 0)
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
