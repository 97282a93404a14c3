internal import CKernels
import Dispatch
import Foundation
import Synchronization

/// Lanes that stay awake between calls. The owner's thread is lane 0; a call never waits for a
/// thread that has not come yet, so a busy machine costs speed and nothing else.
///
/// Sendable because `call` is written only by the owner while no helper is inside, and read only by
/// helpers inside, who entered after it was written: `state` orders the two.
final class LaneTeam: @unchecked Sendable {
  /// Bits of `state`; below them the number of helpers inside the call.
  private static let isOpen = 1 << 16
  private static let isDismissed = 1 << 17
  /// Looks at `state` in a row, some ten microseconds, before other threads of the machine may run.
  private static let patience = 1_000

  let count: Int
  private let state = Atomic<Int>(0)
  private var call: ChunkedCall?

  init(count: Int) {
    self.count = count
    for lane in 1..<count {
      DispatchQueue.global(qos: .userInitiated).async { self.help(lane: lane) }
    }
  }

  /// Computes all chunks of a call, with the helpers that are there.
  func run(_ call: ChunkedCall) {
    precondition(self.call == nil, "lanes: used inside a chunk of their own")
    self.call = call
    state.bitwiseOr(Self.isOpen, ordering: .releasing)
    call.run(lane: 0)
    state.bitwiseAnd(~Self.isOpen, ordering: .relaxed)
    var waits = 0
    while state.load(ordering: .acquiring) != 0 { Self.pause(&waits) }
    self.call = nil
  }

  /// Lets the helpers go.
  func dismiss() {
    state.bitwiseOr(Self.isDismissed, ordering: .relaxed)
  }

  private func help(lane: Int) {
    var waits = 0
    while true {
      let seen = state.load(ordering: .relaxed)
      if seen & Self.isDismissed != 0 { return }
      let enters =
        seen & Self.isOpen != 0
        && state.compareExchange(expected: seen, desired: seen + 1, ordering: .acquiring).exchanged
      guard enters else {
        Self.pause(&waits)
        continue
      }
      compute(lane: lane)
      // Nothing is left to enter for.
      state.bitwiseAnd(~Self.isOpen, ordering: .relaxed)
      state.subtract(1, ordering: .releasing)
      waits = 0
    }
  }

  /// Not inlined, so that the reference to the call is gone when it returns.
  @inline(never)
  private func compute(lane: Int) {
    call?.run(lane: lane)
  }

  private static func pause(_ waits: inout Int) {
    waits += 1
    if waits < patience { ck_pause() } else { sched_yield() }
  }
}
