import Dispatch
import Foundation
import Pipeline
import Synchronization

/// Ctrl-C and SIGTERM as requests to stop: the first asks, the second kills.
final class Interrupts {
  let cancellation = Cancellation()
  private let received = Received()
  private let sources: [any DispatchSourceSignal]

  private final class Received: Sendable {
    private let signals = Mutex<[Int32]>([])

    func add(_ number: Int32) -> Int {
      signals.withLock {
        $0.append(number)
        return $0.count
      }
    }

    var last: Int32? { signals.withLock { $0.last } }
  }

  /// - Parameter notice: told of each signal, with whether it was the first.
  init(notice: @escaping @Sendable (_ wasFirst: Bool) -> Void) {
    sources = [SIGINT, SIGTERM].map { [cancellation, received] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        notice(received.add(number) == 1)
        cancellation.request()
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  var lastSignal: Int32? { received.last }
}
