import Compute

/// How the last token of a question divides its attention over joined chunks.
struct AttentionLook {
  /// Shares of one layer, means over its query heads.
  struct Layer {
    var sink = 0.0
    var middle = 0.0
    var recency = 0.0
    var question = 0.0
    /// Tokens of chunks that all key heads hold together.
    var held = 0
  }

  private(set) var layers: [Layer] = []
  /// Places in their chunks, 0 ..< 1, with the mean weight over layers and query heads.
  private var weights: [(place: Double, weight: Double)] = []

  /// - Parameters:
  ///   - reading: one that was asked to look.
  ///   - window: of the method.
  init(_ reading: ContextReading, window: Int) {
    guard let look = reading.look else { return }
    let size = JoinedPlaces.regionSize(window: window)
    for (places, heads) in zip(look.places.heads, look.attention) {
      var layer = Layer(held: places.reduce(0) { $0 + $1.count })
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
          switch JoinedPlaces.region(own[token], size: size) {
          case .sink: layer.sink += part
          case .middle: layer.middle += part
          case .recency: layer.recency += part
          }
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
  func curve(bins: Int) -> [Double] {
    weights.reduce(into: [Double](repeating: 0, count: bins)) { sums, item in
      sums[min(bins - 1, Int(item.place * Double(bins)))] += item.weight
    }
  }
}
