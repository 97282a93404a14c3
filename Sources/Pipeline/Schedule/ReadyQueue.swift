/// Instances that could start, most urgent first: a binary heap.
struct ReadyQueue {
  private var heap: [Int] = []
  /// By instance; higher is more urgent, ties go to the lower index.
  private let priorities: [Double]

  init(priorities: [Double]) {
    self.priorities = priorities
  }

  var first: Int? { heap.first }

  mutating func insert(_ instance: Int) {
    heap.append(instance)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() {
    let last = heap.removeLast()
    if heap.isEmpty { return }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if precedes(heap[child], heap[best]) { best = child }
      }
      if best == parent { return }
      heap.swapAt(best, parent)
      parent = best
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    priorities[a] != priorities[b] ? priorities[a] > priorities[b] : a < b
  }
}
