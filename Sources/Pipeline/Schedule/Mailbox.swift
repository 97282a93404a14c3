import Dispatch
import Synchronization

/// Messages from many threads to one that waits for them, in order of arrival.
final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let arrivals = DispatchSemaphore(value: 0)

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    arrivals.signal()
  }

  /// Waits until there is a message, then takes all.
  func next() -> [Message] {
    while true {
      arrivals.wait()
      let batch = messages.withLock { messages in
        let batch = messages
        messages.removeAll(keepingCapacity: true)
        return batch
      }
      if !batch.isEmpty { return batch }
    }
  }
}
