import Synchronization

/// The wish to stop a run, raised from outside (Ctrl-C) and seen by everybody in it.
package final class Cancellation: Sendable {
  private struct State {
    var level = 0
    var observers: [@Sendable (Int) -> Void] = []
  }

  private let state = Mutex(State())
  private let current = Atomic(0)

  package init() {}

  /// The first call stops the starting of stages and asks the running ones to stop; the second
  /// kills the worker processes. A stage on a thread of this process can only be asked: for one
  /// that does not listen, the caller may end the process, as the command does at the third.
  package func request() {
    let (level, observers) = state.withLock { state in
      state.level += 1
      current.store(state.level, ordering: .releasing)
      return (state.level, state.observers)
    }
    for observer in observers { observer(level) }
  }

  package var isRequested: Bool { level > 0 }

  /// How often it was requested.
  var level: Int { current.load(ordering: .acquiring) }

  /// Calls at once when it is requested already.
  func observe(_ observer: @escaping @Sendable (Int) -> Void) {
    let level = state.withLock { state in
      state.observers.append(observer)
      return state.level
    }
    if level > 0 { observer(level) }
  }
}
