import Synchronization

/// Values gathered from several threads.
final class Collected<Element: Sendable>: Sendable {
  private let storage = Mutex<[Element]>([])

  func append(_ element: Element) { storage.withLock { $0.append(element) } }

  var values: [Element] { storage.withLock { $0 } }
}
