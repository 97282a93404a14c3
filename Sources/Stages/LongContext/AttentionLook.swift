import Compute

/// How the last token of a question divides its attention over joined chunks.
package struct AttentionLook {
  /// One layer.
  package struct Layer {
    /// Of the attention, means over the query heads; with `question` they sum to 1.
    package fileprivate(set) var shares: [ChunkRegion: Double] = [:]
    package fileprivate(set) var question = 0.0
    /// Tokens of chunks that all key heads hold together.
    package fileprivate(set) var held: [ChunkRegion: Int] = [:]
  }

  package private(set) var layers: [Layer] = []
  /// Places in their chunks, 0 ..< 1, with the mean weight over layers and query heads.
  private var weights: [(place: Double, weight: Double)] = []

  /// - Parameters:
  ///   - reading: one that was asked to look.
  ///   - window: of the method.
  package init(_ reading: ContextReading, window: Int) {
    guard let look = reading.look else { return }
    let size = JoinedPlaces.regionSize(window: window)
    for (places, heads) in zip(look.places.heads, look.attention) {
      var layer = Layer()
      for place in places.joined() {
        layer.held[JoinedPlaces.region(place, size: size), default: 0] += 1
      }
      let group = heads.count / places.count
      let share = 1 / Double(heads.count)
      for (head, attention) in heads.enumerated() {
        let own = places[head / group]
        for (token, weight) in attention.enumerated() {
          let part = Double(weight) * share
          guard token < own.count else {
            layer.question += part
            continue
          }
          layer.shares[JoinedPlaces.region(own[token], size: size), default: 0] += part
          weights.append(
            (
              Double(own[token].position) / Double(own[token].length),
              part / Double(look.attention.count)
            ))
        }
      }
      layers.append(layer)
    }
  }

  /// Weight by place in a chunk.
  package func curve(bins: Int) -> [Double] {
    weights.reduce(into: [Double](repeating: 0, count: bins)) { sums, item in
      sums[min(bins - 1, Int(item.place * Double(bins)))] += item.weight
    }
  }
}
