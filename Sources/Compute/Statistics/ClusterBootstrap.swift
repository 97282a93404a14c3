/// Resampling of whole clusters (tracts), for figures over units that share a place: units of one
/// tract are alike, so drawing them one by one would make every interval too narrow.
package struct ClusterBootstrap: Sendable {
  package let clusterCount: Int
  package let draws: Int
  package let seed: UInt64

  /// - Precondition: at least one cluster and one draw.
  package init(clusterCount: Int, draws: Int, seed: UInt64) {
    precondition(
      clusterCount >= 1 && draws >= 1, "bootstrap: \(draws) draws of \(clusterCount) clusters")
    self.clusterCount = clusterCount
    self.draws = draws
    self.seed = seed
  }

  /// The statistic on each resample.
  ///
  /// - Parameters:
  ///   - lanes: cores to draw on.
  ///   - statistic: gets how often each cluster was drawn; the sum is the number of clusters.
  /// - Returns: in the order of the draws; draw k is a function of the seed and of k.
  package func replicates<Statistic>(
    lanes: Lanes, _ statistic: (_ multiplicity: [Int]) -> Statistic
  ) -> [Statistic] {
    lanes.mapChunks(of: draws, size: 8) { _, chunk in
      chunk.map { draw in
        var random = RandomStream.generator(seed: seed, purpose: "cluster bootstrap", draw)
        var multiplicity = [Int](repeating: 0, count: clusterCount)
        for _ in 0..<clusterCount { multiplicity[random.index(below: clusterCount)] += 1 }
        return statistic(multiplicity)
      }
    }.flatMap(\.self)
  }

  /// The percentile interval of replicates.
  ///
  /// - Parameters:
  ///   - replicates: of one number.
  ///   - level: coverage aimed at, in 0..<1.
  /// - Returns: nil for no replicates.
  package static func interval(_ replicates: [Double], level: Double) -> ClosedRange<Double>? {
    guard let low = Summary.quantile((1 - level) / 2, of: replicates),
      let high = Summary.quantile((1 + level) / 2, of: replicates)
    else { return nil }
    return low...high
  }
}
