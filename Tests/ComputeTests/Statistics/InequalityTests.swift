import Compute
import Testing

/// Worked numbers of the method card.
@Suite struct InequalityTests {
  private static let y: [Double] = [5, 4, 4, 2, 1]
  private static let income: [Double] = [20, 35, 35, 60, 110]
  /// The references are given with seven decimals.
  private static let tolerance = 1e-7

  private func close(_ value: Double?, _ reference: Double) -> Bool {
    value.map { abs($0 - reference) < Self.tolerance } ?? false
  }

  @Test func concentrationWithTies() {
    #expect(close(Inequality.concentration(of: Self.y, by: Self.income), -0.25))
    let weighted = Inequality.concentration(
      of: Self.y, by: Self.income, weights: [2, 1, 1, 1, 1])
    #expect(close(weighted, -0.2301587))
    // 4 mu C / 5 with mu = 3.2.
    #expect(close(Inequality.erreygers(of: Self.y, by: Self.income, bounds: 0...5), -0.64))
    #expect(Inequality.concentration(of: [0, 0], by: [1, 2]) == nil)
  }

  @Test func gini() {
    #expect(close(Inequality.gini(Self.y), 0.25))
    #expect(close(Inequality.gini([3, 3, 3]), 0))
  }

  @Test func theilSplitsExactly() {
    let theil = Inequality.theil(Self.y, groups: [0, 0, 0, 1, 1])
    #expect(close(theil.total, 0.1195891))
    #expect(close(theil.between, 0.1042728))
    #expect(close(theil.within, 0.0153163))
    // 0 ln 0 = 0: one of two has everything, ln 2.
    #expect(close(Inequality.theil([0, 2], groups: [0, 0]).total, 0.6931472))
  }

  /// The area between diagonal and curve is half the index, negated for a burden on the poor.
  @Test func curveEnclosesTheIndex() {
    let curve = Inequality.curve(of: Self.y, by: Self.income)
    #expect(curve.count == 5)
    #expect(curve[1].people == 0.2 && curve[1].share == 5.0 / 16)
    let area = zip(curve, curve.dropFirst()).reduce(0) { sum, pair in
      sum + (pair.1.people - pair.0.people) * (pair.0.share + pair.1.share) / 2
    }
    #expect(close(1 - 2 * area, -0.25))
  }

  @Test func bootstrapDrawsWholeClusters() throws {
    let bootstrap = ClusterBootstrap(clusterCount: 20, draws: 400, seed: 7)
    let values = (0..<20).map { Double($0) }
    func means(_ lanes: Int) -> [Double] {
      bootstrap.replicates(lanes: Lanes(lanes)) { multiplicity in
        #expect(multiplicity.reduce(0, +) == 20)
        return zip(multiplicity, values).reduce(0) { $0 + Double($1.0) * $1.1 } / 20
      }
    }
    #expect(means(1) == means(2))
    // The standard error of the mean is sd / sqrt n = 5.766 / 4.472 = 1.289; 1.645 of them on
    // either side. A twentieth part of the width covers the noise of 400 draws.
    let interval = try #require(ClusterBootstrap.interval(means(1), level: 0.9))
    #expect(abs(interval.lowerBound - (9.5 - 2.12)) < 0.3)
    #expect(abs(interval.upperBound - (9.5 + 2.12)) < 0.3)
  }
}
