import Compute
import Testing

/// The 3 x 3 multiplication table on a grid: worked numbers of the method card.
@Suite struct SpatialStatisticsTests {
  private static let table: [Double] = [1, 2, 3, 2, 4, 6, 3, 6, 9]
  /// The references are given with seven decimals.
  private static let tolerance = 1e-7

  private static func grid(_ side: Int, queen: Bool) -> SpatialWeights {
    SpatialWeights(
      neighbours: (0..<side * side).map { unit in
        (0..<side * side).filter { other in
          let (dx, dy) = (abs(unit % side - other % side), abs(unit / side - other / side))
          return queen ? max(dx, dy) == 1 : dx + dy == 1
        }
      })
  }

  @Test func moranOfTheTable() {
    let moran = Moran(Self.table, weights: Self.grid(3, queen: false))
    #expect(abs(moran.index - 0.5128205) < Self.tolerance)
    #expect(moran.expectation == -0.125)
    #expect(abs(moran.normalVariance - 0.0572145) < Self.tolerance)
    #expect(abs(moran.normalScore - 2.6665234) < Self.tolerance)
    #expect(abs(moran.randomScore - 2.7144517) < Self.tolerance)
    #expect(abs(moran.geary - 0.3646724) < Self.tolerance)
    let queen = Moran(Self.table, weights: Self.grid(3, queen: true))
    #expect(abs(queen.index - 0.3282051) < Self.tolerance)
  }

  @Test func lisaOfTheTable() {
    let local = LocalMoran(Self.table, weights: Self.grid(3, queen: false))
    let expected = [
      0.9230769, 0.4102564, 0, 0.4102564, 0, 0.4102564, 0, 0.4102564, 1.5384615,
    ]
    for (index, reference) in zip(local.indices, expected) {
      #expect(abs(index - reference) < Self.tolerance)
    }
    #expect(local.quadrants[0] == .lowLow)
    #expect(local.quadrants[8] == .highHigh)
    // Their mean is I (n - 1) / n.
    #expect(abs(local.indices.reduce(0, +) / 9 - 0.5128205 * 8 / 9) < Self.tolerance)
  }

  @Test func permutationsKnowClustersFromNoise() {
    let weights = Self.grid(8, queen: true)
    let slope = (0..<64).map { Double($0 % 8) }
    var random = RandomStream.generator(seed: 3, purpose: "noise")
    let noise = (0..<64).map { _ in random.gaussian() }
    func p(_ values: [Double], lanes: Int) -> Double {
      Moran.permutationP(
        values, weights: weights, permutations: 199, seed: 1, lanes: Lanes(lanes))
    }
    // The smallest p-value that 199 permutations can give.
    #expect(p(slope, lanes: 1) == 0.005)
    #expect(p(noise, lanes: 1) > 0.05)
    #expect(p(noise, lanes: 1) == p(noise, lanes: 2))
  }

  @Test func localPermutationsFindTheHotCorner() {
    let weights = Self.grid(8, queen: true)
    var values = (0..<64).map { Double(($0 * 37) % 7) }
    for unit in [0, 1, 2, 8, 9, 10, 16, 17, 18] { values[unit] = 30 }
    let local = LocalMoran(values, weights: weights)
    let one = local.pValues(permutations: 999, seed: 5, lanes: Lanes(1))
    #expect(one == local.pValues(permutations: 999, seed: 5, lanes: Lanes(2)))
    let significant = benjaminiHochberg(one, rate: 0.05)
    #expect(significant[9] && local.quadrants[9] == .highHigh)
    #expect(!significant[63])
  }

  /// By hand: thresholds are .01, .02, .03, .04, .05; the fourth fails, the third holds.
  @Test func falseDiscoveryRate() {
    let p = [0.5, 0.03, 0.002, 0.015, 0.045]
    #expect(benjaminiHochberg(p, rate: 0.05) == [false, true, true, true, false])
    #expect(benjaminiHochberg([0.2, 0.9], rate: 0.05) == [false, false])
  }

  @Test func islandsAreNamedAndLeftOut() {
    let weights = SpatialWeights(neighbours: [[1], [0], [], [4], [3]])
    #expect(weights.islands == [2])
    #expect(weights.linkCount == 4)
    #expect(weights.connected(among: [0, 1, 2, 3]) == [0, 1])
    #expect(weights.restricted(to: [3, 4]).neighbours == [[1], [0]])
    let broken = SpatialWeights.asymmetry(in: [[1], []])
    #expect(broken?.unit == 0 && broken?.neighbour == 1)
  }
}
