import Foundation

/// The time a measurement reads: of the calling thread on one lane, so that what else the machine
/// does costs little, and of the wall on several.
package enum BenchClock: String, Sendable {
  case thread, wall

  package init(lanes: Int) { self = lanes == 1 ? .thread : .wall }

  /// Seconds since some fixed time.
  func now() -> Double {
    var time = timespec()
    clock_gettime(self == .thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds that `body` takes.
  func measure(_ body: () -> Void) -> Double {
    let start = now()
    body()
    return now() - start
  }
}
