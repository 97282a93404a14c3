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
    let last = Mutex<Int32?>(nil)
  }

  init() {
    sources = [SIGINT, SIGTERM].map { [cancellation, received] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        received.last.withLock { $0 = number }
        cancellation.request()
      }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  var lastSignal: Int32? { received.last.withLock { $0 } }
}
