import Dispatch
import Foundation
import Pipeline
import Synchronization

/// Ctrl-C, SIGTERM and the end of the terminal as requests to stop: the first asks running stages to
/// end, the second kills their processes, the third ends this program at once. Nothing that is stored
/// is lost by any.
final class Interrupts {
  let cancellation = Cancellation()
  private let received = Received()
  private let sources: [any DispatchSourceSignal]

  private final class Received: Sendable {
    private let state = Mutex<(count: UInt, last: Int32?)>((0, nil))

    /// - Returns: how many there were, these included.
    func add(_ count: UInt, of number: Int32) -> UInt {
      state.withLock { state in
        state = (state.count + count, number)
        return state.count
      }
    }

    var last: Int32? { state.withLock { $0.last } }
  }

  /// But for the end of the terminal where it is ignored, as under `nohup`.
  private let numbers =
    Interrupts.isIgnored(SIGHUP) ? [SIGINT, SIGTERM] : [SIGINT, SIGTERM, SIGHUP]

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  init() {
    // A queue of its own: blocked stages may hold every thread of the shared ones.
    let queue = DispatchQueue(label: "interrupts", qos: .userInteractive)
    sources = numbers.map { [cancellation, received] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      // The source and its handler hold each other until it is cancelled.
      source.setEventHandler {
        // Signals that come close together arrive as one event with their number.
        let count = max(source.data, 1)
        if received.add(count, of: number) > 2 { _exit(128 + number) }
        for _ in 0..<count { cancellation.request() }
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in numbers { signal(number, SIG_DFL) }
  }

  /// What a program ends with that was stopped; `nil` if none asked it to.
  var exitStatus: ExitStatus? {
    received.last.map { $0 == SIGINT ? .interrupted : .terminated }
  }
}
