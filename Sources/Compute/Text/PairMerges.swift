/// The merges of byte-pair encoding: of all neighbours in a piece the pair of lowest rank becomes
/// one token, the leftmost first, until no pair is in the table.
struct PairMerges: Sendable {
  private struct Merge {
    let rank: UInt32
    let token: Int32
  }

  private var table: [UInt64: Merge] = [:]

  init(count: Int) { table.reserveCapacity(count) }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Adds a merge behind those that are there. A pair that is there keeps its rank.
  mutating func add(_ left: Int32, _ right: Int32, token: Int32) {
    let merge = Merge(rank: UInt32(table.count), token: token)
    table[Self.key(left, right), default: merge] = table[Self.key(left, right)] ?? merge
  }

  /// Merges a piece.
  ///
  /// A heap holds the pairs that can be merged, by rank and place, so that a long piece takes time
  /// n log n. An entry whose pair has changed is recognised by its rank and skipped.
  ///
  /// - Parameter piece: tokens; a negative one never merges.
  /// - Returns: fewer tokens, or the same.
  func merged(_ piece: [Int32]) -> [Int32] {
    guard piece.count > 1 else { return piece }
    var tokens = piece
    var chain = Chain(count: piece.count)
    var heap = MinimumHeap()
    func offer(_ place: Int, _ tokens: [Int32], _ chain: Chain) {
      guard let next = chain.next(place),
        let merge = table[Self.key(tokens[place], tokens[next])]
      else { return }
      heap.insert(UInt64(merge.rank) << 32 | UInt64(place))
    }
    for place in 0..<piece.count - 1 { offer(place, tokens, chain) }
    while let entry = heap.popMinimum() {
      let place = Int(UInt32(truncatingIfNeeded: entry))
      guard chain.isLinked(place), let next = chain.next(place),
        let merge = table[Self.key(tokens[place], tokens[next])],
        UInt64(merge.rank) == entry >> 32
      else { continue }
      tokens[place] = merge.token
      chain.remove(next)
      offer(place, tokens, chain)
      if let previous = chain.previous(place) { offer(previous, tokens, chain) }
    }
    return chain.places.map { tokens[$0] }
  }
}

/// Places 0..<count in a row, of which some are taken out.
private struct Chain {
  private var after: [Int]
  private var before: [Int]
  private var linked: [Bool]

  init(count: Int) {
    after = Array(1...count)
    before = Array(-1..<count - 1)
    linked = [Bool](repeating: true, count: count)
  }

  func isLinked(_ place: Int) -> Bool { linked[place] }
  func next(_ place: Int) -> Int? { after[place] < after.count ? after[place] : nil }
  func previous(_ place: Int) -> Int? { before[place] >= 0 ? before[place] : nil }

  /// Takes out a place that is not the first.
  mutating func remove(_ place: Int) {
    linked[place] = false
    after[before[place]] = after[place]
    if after[place] < after.count { before[after[place]] = before[place] }
  }

  var places: [Int] { Array(sequence(first: 0) { next($0) }) }
}

/// Numbers of which the least is at hand.
private struct MinimumHeap {
  private var items: [UInt64] = []

  mutating func insert(_ item: UInt64) {
    items.append(item)
    var place = items.count - 1
    while place > 0, items[(place - 1) / 2] > items[place] {
      items.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func popMinimum() -> UInt64? {
    guard let least = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return least }
    items[0] = last
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < items.count {
        if items[child] < items[least] { least = child }
      }
      if least == place { break }
      items.swapAt(place, least)
      place = least
    }
    return least
  }
}
