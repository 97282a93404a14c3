import Dispatch
import Foundation
import Synchronization

/// All cases of all targets, cut in blocks that run on every core.
struct Campaign {
  /// Few enough that the last blocks end together, many enough that starting a child is nothing.
  private static let blockCount = 10_000
  private static let smallestCount = 100

  private struct Share {
    let target: String
    let cases: Range<Int>
  }

  private let shares: [Share]
  private let order: [String]
  private let seed: UInt64
  private let corpus: URL
  private let scratch: URL

  init(_ targets: [Target], cases: Int, seed: UInt64, corpus: URL, scratch: URL) {
    let whole = targets.map(\.weight).reduce(0, +)
    shares = targets.flatMap { target in
      let count = max(Self.smallestCount, Int(Double(cases) * target.weight / whole))
      return stride(from: 0, to: count, by: Self.blockCount).map {
        Share(target: target.name, cases: $0..<min(count, $0 + Self.blockCount))
      }
    }
    order = targets.map(\.name)
    self.seed = seed
    self.corpus = corpus
    self.scratch = scratch
  }

  private struct State {
    var outcomes: [String: Supervisor.Outcome] = [:]
    var left: [String: Int] = [:]
  }

  /// Says what came of each target once its last block has ended.
  ///
  /// - Returns: what came of all.
  func run(say: @Sendable (String) -> Void) -> Supervisor.Outcome {
    let state = Mutex(
      State(left: Dictionary(shares.map { ($0.target, 1) }, uniquingKeysWith: +)))
    DispatchQueue.concurrentPerform(iterations: shares.count) { index in
      let share = shares[index]
      let outcome = Supervisor(
        target: share.target, seed: seed, corpus: corpus, scratch: scratch
      ).run(share.cases)
      state.withLock { state in
        state.outcomes[share.target, default: .init()] += outcome
        state.left[share.target, default: 0] -= 1
        guard state.left[share.target] == 0, let whole = state.outcomes[share.target] else {
          return
        }
        say(
          "\(share.target): \(whole.caseCount) cases, \(whole.acceptedCount) accepted, "
            + "\(whole.failures.count) failures")
        for failure in whole.failures.prefix(10) { say("  \(failure)") }
      }
    }
    return state.withLock { state in
      order.reduce(into: Supervisor.Outcome()) { sum, name in
        if let outcome = state.outcomes[name] { sum += outcome }
      }
    }
  }
}
