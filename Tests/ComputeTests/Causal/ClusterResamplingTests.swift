import Compute
import Foundation
import Testing

struct ClusterResamplingTests {
  @Test func clustersStayTogether() {
    let clusters: [Int32] = [2, 0, 0, 1, 2, 2]
    let resampling = ClusterResampling(Array(0..<6), clusters: clusters)
    var random = RandomStream.generator(seed: 1, purpose: "test")
    for _ in 0..<20 {
      let drawn = resampling.bootstrap(&random)
      for cluster in [[1, 2], [3], [0, 4, 5]] {
        let counts = Set(cluster.map { row in drawn.count { $0 == row } })
        #expect(counts.count == 1)
      }
      let part = resampling.subset(0.67, &random)
      #expect(Set(part.map { clusters[$0] }).count == 2 && Set(part).count == part.count)
    }
    #expect(ClusterResampling([], clusters: nil).bootstrap(&random).isEmpty)
  }

  /// Treated units choose by falling propensity, each the nearest that is free; those farther than
  /// the caliper stay alone.
  @Test func nearestPairs() {
    let propensities = [0.6, 0.5, 0.9, 0.58, 0.52, 0.1]
    let pairs = PropensityMatching.pairs(propensities, treatment: [1, 1, 1, 0, 0, 0])
    #expect(pairs.map(\.treated) == [0, 1] && pairs.map(\.untreated) == [3, 4])
  }

  /// Binary search finds what looking at every free unit finds, equal propensities included.
  @Test func nearestPairsAmongMany() {
    var random = RandomStream.generator(seed: 5, purpose: "pairs")
    let propensities = (0..<400).map { _ in
      Double(1 + random.index(below: 60)) / 61
    }
    let treatment = propensities.map { random.unit() < $0 ? UInt8(1) : 0 }
    let logits = propensities.map { log($0 / (1 - $0)) }
    let reach = 0.2 * (Summary.deviation(logits) ?? 0)
    func sorted(_ arm: UInt8) -> [Int] {
      logits.indices.filter { treatment[$0] == arm }.sorted {
        (-logits[$0], $0) < (-logits[$1], $1)
      }
    }
    var (free, expected) = (sorted(0), [[Int]]())
    for unit in sorted(1) {
      let nearest = free.indices.min {
        abs(logits[free[$0]] - logits[unit]) < abs(logits[free[$1]] - logits[unit])
      }
      guard let nearest, abs(logits[free[nearest]] - logits[unit]) <= reach else { continue }
      expected.append([unit, free.remove(at: nearest)])
    }
    let pairs = PropensityMatching.pairs(propensities, treatment: treatment)
    #expect(pairs.map { [$0.treated, $0.untreated] } == expected && expected.count > 50)
  }

  /// Half of the units are treated whatever x is, and y = x + 2 t exactly: lines find that without
  /// seeing the unit they predict.
  @Test func crossFitting() {
    let count = 60
    let x = (0..<count).map { Float($0 % 7) }
    let t = (0..<count).map { UInt8($0 / 7 % 2) }
    var sample = CausalSample(
      x: Tensor(x, shape: [count, 1]), treatment: t,
      outcome: zip(x, t).map { $0 + 2 * Float($1) })
    let outcomes = CrossFitting(sample, folds: 3, seed: 1).outcomes()
    for (low, high) in zip(outcomes.untreated, outcomes.treated) {
      #expect(abs(high - low - 2) < 1e-5)
    }
    let propensities = CrossFitting(sample, folds: 3, seed: 1).propensities()
    #expect(propensities.allSatisfy { $0 > 0.2 && $0 < 0.8 })
    // An outcome of its own does not reach a unit's prediction.
    let before = CrossFitting(sample, folds: 3, seed: 1).outcomes().untreated[0]
    sample.outcome[0] = 50
    #expect(CrossFitting(sample, folds: 3, seed: 1).outcomes().untreated[0] == before)
  }
}
