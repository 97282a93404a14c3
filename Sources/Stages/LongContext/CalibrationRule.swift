import Compute

/// Part of a chunk by where in it a token stands.
package enum ChunkRegion: String, CaseIterable, Sendable {
  case sink, middle, recency
}

/// Attention outliers of one region that some layers lose before the question reads the chunks.
package struct CalibrationRule: Sendable, Equatable {
  package let region: ChunkRegion
  /// Counted from 1.
  package let layers: ClosedRange<Int>

  /// The paper's best recipe (layers 1-8 middle, 9-16 recency, 25-32 sink of 32), for any depth.
  ///
  /// - Source: Xiong et al. 2025, tables 6 and 8.
  package static func recipe(layers: Int) -> [CalibrationRule] {
    let first = max(1, layers * 8 / 30)
    let second = max(first + 1, layers / 2)
    let last = min(layers, max(second + 1, layers * 24 / 30))
    return [
      CalibrationRule(region: .middle, layers: 1...first),
      CalibrationRule(region: .recency, layers: first + 1...second),
      CalibrationRule(region: .sink, layers: last...layers),
    ]
  }

  /// `sink:1-8`, or nil for another form.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let region = ChunkRegion(rawValue: String(parts[0])) else { return nil }
    let numbers = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(numbers.count), let first = numbers[0], let last = numbers.last ?? nil,
      first >= 1, last >= first
    else { return nil }
    self.init(region: region, layers: first...last)
  }

  package init(region: ChunkRegion, layers: ClosedRange<Int>) {
    (self.region, self.layers) = (region, layers)
  }
}

/// Where the tokens of a joined cache come from, head by head.
package struct JoinedPlaces: Sendable {
  package struct Place: Sendable, Equatable {
    /// Position in its chunk, instruction included.
    package var position: Int32
    /// Tokens of that chunk before any was dropped.
    package var length: Int32

    package init(position: Int32, length: Int32) {
      (self.position, self.length) = (position, length)
    }
  }

  /// For each layer and key head one place for each cached token.
  package var heads: [[[Place]]]

  package init(heads: [[[Place]]]) { self.heads = heads }

  /// Tokens on either side of a chunk that count as sink and recency.
  package static func regionSize(window: Int) -> Int { window < 4000 ? max(1, window / 40) : 100 }

  package static func region(_ place: Place, size: Int) -> ChunkRegion {
    if place.position < size { return .sink }
    return place.position >= Int(place.length) - size ? .recency : .middle
  }

  /// What is left without some tokens of each layer and key head; an empty list drops none.
  func dropping(_ tokens: [[[Int]]]) -> JoinedPlaces {
    guard !tokens.isEmpty else { return self }
    return JoinedPlaces(
      heads: zip(heads, tokens).map { layer, dropped in
        zip(layer, dropped).map { places, tokens in
          let gone = Set(tokens)
          return places.indices.filter { !gone.contains($0) }.map { places[$0] }
        }
      })
  }

  /// The tokens that a layer's rules drop, for each key head: those of the rules' regions whose
  /// mean weight, averaged over the query heads that share the cache, exceeds the threshold.
  ///
  /// - Parameters:
  ///   - layer: from 0.
  ///   - weights: for each query head the weights of the cached tokens, then of the question's own,
  ///     which are never dropped.
  ///   - settings: rules, threshold, window.
  /// - Returns: for each key head ascending indices.
  package func outliers(layer: Int, weights: [[Float]], _ settings: MethodSettings) -> [[Int]] {
    let regions = Set(
      settings.calibration.filter { $0.layers.contains(layer + 1) }.map(\.region))
    let places = heads[layer]
    guard !regions.isEmpty else { return places.map { _ in [] } }
    let size = Self.regionSize(window: settings.window)
    let group = weights.count / places.count
    return zip(places, TokenScores.grouped(weights, group: group)).map { places, sums in
      places.indices.filter { token in
        Double(sums[token]) / Double(group) > settings.threshold
          && regions.contains(Self.region(places[token], size: size))
      }
    }
  }
}
