import Compute
import Pipeline

/// One op whose speed is measured on one lane and on two, beside a naive loop and OpenBLAS where
/// they do the same.
package struct KernelBenchmark {
  package enum Unit: String, Sendable {
    /// Floating-point operations; those of the direct sum for a convolution, whatever computes it.
    case gigaflops = "GFLOP/s"
    /// Bytes that must be read and written once.
    case gigabytes = "GB/s"
  }

  package struct Outcome: Sendable {
    package let name: String
    package let unit: Unit
    /// By the time of the thread.
    package let oneLane: Double
    /// By the time of the wall.
    package let twoLanes: Double
    /// How often the naive loop fits into the op's time on one lane.
    package let ratioToNaive: Double?
    /// The same work by OpenBLAS on one thread, by its time.
    package let openBLAS: Double?

    package var value: Value {
      .map([
        "op": .string(name), "unit": .string(unit.rawValue), "one_lane": .double(oneLane),
        "two_lanes": .double(twoLanes), "scaling": .double(twoLanes / oneLane),
        "ratio_to_naive": ratioToNaive.map { .double($0) } ?? .null,
        "openblas_one_thread": openBLAS.map { .double($0) } ?? .null,
      ])
    }
  }

  package let name: String
  let unit: Unit
  /// Operations or bytes of one run.
  let work: Double
  /// Prepares one run; what it returns is timed.
  let prepare: (Lanes) -> () -> Void
  var naive: (() -> Void)?
  var openBLAS: (() -> Void)?

  /// All ops, in the order in which they are measured.
  package static var all: [KernelBenchmark] {
    products + layers + convolutions + rows
  }

  /// Measures all in turn, `rounds` times, and keeps the best of each. A naive loop that takes long
  /// runs once.
  package func measure(rounds: Int) -> Outcome {
    var (one, two) = (Double.infinity, Double.infinity)
    var (loop, peer) = (Double.infinity, Double.infinity)
    for round in 0..<rounds {
      one = min(one, BenchClock.thread.measure(prepare(Lanes(1))))
      two = min(two, BenchClock.wall.measure(prepare(Lanes(2))))
      if let naive, round == 0 || loop < 0.05 {
        loop = min(loop, BenchClock.thread.measure(naive))
      }
      if let openBLAS { peer = min(peer, BenchClock.thread.measure(openBLAS)) }
    }
    return Outcome(
      name: name, unit: unit, oneLane: work / one / 1e9, twoLanes: work / two / 1e9,
      ratioToNaive: naive == nil ? nil : loop / one,
      openBLAS: openBLAS == nil ? nil : work / peer / 1e9)
  }
}
