import Compute
import Testing

/// Worked numbers of estimators and measures, all computed in float64: what they differ by is the
/// seven digits in which they are written.
private let digits = 1e-6

struct AverageEffectTests {
  private static let units: [AverageEffect.Unit] = {
    let t = [1, 0, 1, 0, 1, 0]
    let y: [Double] = [3, 1, 2, 0, 4, 2]
    let mu0 = [1, 1, 1, 0.5, 2, 1.5]
    let mu1 = [2.5, 2, 2, 1.5, 3.5, 3]
    let e = [0.6, 0.4, 0.5, 0.3, 0.7, 0.5]
    return t.indices.map {
      AverageEffect.Unit(treated: t[$0] == 1, y: y[$0], mu0: mu0[$0], mu1: mu1[$0], e: e[$0])
    }
  }()

  @Test func workedExample() throws {
    let augmented = AverageEffect.augmented(Self.units)
    #expect(abs(augmented.value - 1.4603175) < digits)
    #expect(abs(try #require(augmented.standardError) - 0.3022757) < digits)
    #expect(abs(AverageEffect.inverseWeighted(Self.units).value - 1.5079365) < digits)
    #expect(abs(AverageEffect.hajek(Self.units).value - 1.7757009) < digits)
    let targeted = AverageEffect.targeted(Self.units, isBinary: false)
    #expect(abs(targeted.epsilon - 0.0715480) < digits)
    #expect(abs(targeted.effect.value - 1.5583376) < digits)
  }

  /// The plain difference is the difference of means. Residuals of both arms are -1, 0, 1 and their
  /// scores twice that, so SE^2 = 4 (2 + 2) / (6 . 5).
  @Test func difference() throws {
    let effect = AverageEffect.difference(Self.units)
    #expect(abs(effect.value - (9.0 / 3 - 3.0 / 3)) < 1e-12)
    #expect(abs(try #require(effect.standardError) - (16.0 / 30).squareRoot()) < 1e-12)
  }

  /// One unit a cluster changes nothing but the divisor's form; pairs of equal scores double the
  /// variance.
  @Test func clusters() throws {
    let scores = [1.0, 2, 4, 7]
    let alone = try #require(AverageEffect.mean(of: scores).standardError)
    let single = AverageEffect.mean(of: scores, clusters: [0, 1, 2, 3]).standardError
    #expect(abs(alone - (try #require(single))) < 1e-12)
    let twice = AverageEffect.mean(
      of: scores.flatMap { [$0, $0] }, clusters: [0, 0, 1, 1, 2, 2, 3, 3]
    ).standardError
    #expect(abs(alone - (try #require(twice))) < 1e-12)
    let interval = AverageEffect(value: 1, standardError: 2).interval(level: 0.95)
    #expect(abs(try #require(interval).upperBound - (1 + 2 * 1.959963985)) < digits)
  }

  /// One cluster, or one unit, says nothing of others; predictions say nothing of their error.
  @Test func errorsThatAreNotDefined() {
    #expect(AverageEffect.mean(of: [1, 2, 4], clusters: [3, 3, 3]).standardError == nil)
    #expect(AverageEffect.mean(of: [1]).standardError == nil)
    #expect(AverageEffect.plugin(Self.units).standardError == nil)
    #expect(AverageEffect.plugin(Self.units).interval(level: 0.9) == nil)
  }

  /// Weights e / (1 - e) turn the untreated into the treated: with constant propensities the effect
  /// on the treated is the difference of means of residuals.
  @Test func onTreated() {
    let units = [(true, 5.0), (true, 7.0), (false, 1.0), (false, 2.0)].map {
      AverageEffect.Unit(treated: $0.0, y: $0.1, mu0: 1, mu1: 0, e: 0.5)
    }
    #expect(abs(AverageEffect.onTreated(units).value - (5 - 0.5)) < 1e-12)
  }

  /// On the logit scale: with predictions of 1/2 and propensity 1/2 the fluctuation solves
  /// logit(3/4) = 2 epsilon for arms of 3/4 and 1/4.
  @Test func targetedBinary() {
    let outcomes = [1.0, 1, 1, 0]
    let units =
      outcomes.map {
        AverageEffect.Unit(treated: true, y: $0, mu0: 0.5, mu1: 0.5, e: 0.5)
      } + outcomes.map { AverageEffect.Unit(treated: false, y: 1 - $0, mu0: 0.5, mu1: 0.5, e: 0.5) }
    let targeted = AverageEffect.targeted(units, isBinary: true)
    #expect(abs(targeted.effect.value - 0.5) < 1e-9)
    #expect(abs(targeted.epsilon - 0.5493061443) < 1e-9)
  }

  @Test func overlap() {
    #expect(
      abs(Overlap.standardisedDifference([1, 2, 3, 4], [2, 2, 3, 5, 6]) - -0.6980317) < digits)
    #expect(abs(Overlap.effectiveSize([1, 2, 3, 4]) - 3.3333333) < digits)
    let balanced = Overlap.standardisedDifference(
      [0, 1], [0, 1], weights: (a: [1, 3], b: [3, 1]))
    #expect(abs(balanced - 0.5 / 0.5.squareRoot()) < 1e-12)
    // 45 in both arms, under weights whose sums round.
    let constant = Overlap.standardisedDifference(
      [45, 45, 45], [45, 45, 45], weights: (a: [1.1, 2.3, 3.7], b: [0.1, 0.2, 0.3]))
    #expect(constant == 0)
    #expect(Overlap.standardisedDifference([45, 45], [46, 46]) == -.infinity)
  }
}

struct EffectMetricsTests {
  @Test func heterogeneousError() throws {
    let (mu0, mu1): ([Double], [Double]) = ([1, 2, 3, 4], [2, 2, 5, 7])
    let truth = zip(mu1, mu0).map { $0 - $1 }
    let estimate = [0.5, 0.5, 2.5, 2]
    let error = try #require(EffectMetrics.rootPEHE(estimate, truth: truth))
    #expect(abs(error - 0.6614378) < digits)
    let average = try #require(EffectMetrics.averageError(estimate, truth: truth))
    #expect(abs(average - 0.125) < digits)
  }

  /// A score of no units would be the best of all.
  @Test func nothingIsMeasuredOfNoUnits() {
    #expect(EffectMetrics.rootPEHE([], truth: []) == nil)
    #expect(EffectMetrics.averageError([], truth: []) == nil)
    #expect(EffectMetrics.policyValue([], treatment: [], outcome: []) == nil)
    #expect(EffectMetrics.targetingArea([], score: []) == nil)
  }

  /// What m = 2 leaves is 1 and -1; effects of 1 and 2 explain 1/2 and -1/2 of it.
  @Test func lossesWithoutTruth() throws {
    let units = [
      AverageEffect.Unit(treated: true, y: 3, mu0: 1, mu1: 3, e: 0.5),
      AverageEffect.Unit(treated: false, y: 1, mu0: 1, mu1: 5, e: 0.25),
    ]
    #expect(EffectMetrics.residualLoss([1, 2], units) == 0.25)
    #expect(EffectMetrics.residualLoss([], []) == nil)
    #expect(EffectMetrics.meanSquare([1, 2], [2, 4]) == 2.5)
  }

  /// Nearest of the other arm: .9, .9 and 3 for 0, 1 and 4; 1 for .9; 4, not 1, for 3. Effects are
  /// 4, 3, 1, 3, 1; against 2 they are off by 2, 1, 1, 1, 1.
  @Test func nearestNeighbours() throws {
    let x = [[0.0], [1], [4], [0.9], [3]]
    let outcome: [Double] = [1, 2, 0, 5, 1]
    func error(limit: Int = 5, treatment: [UInt8] = [0, 0, 0, 1, 1]) -> Double? {
      EffectMetrics.nearestPEHE(
        [2, 2, 2, 2, 2], x: x, treatment: treatment, outcome: outcome, limit: limit)
    }
    #expect(abs(try #require(error()) - 1.6.squareRoot()) < 1e-12)
    #expect(error(limit: 1) == 2)
    #expect(error(treatment: [0, 0, 0, 0, 0]) == nil)
  }

  @Test func policy() throws {
    let value = try #require(
      EffectMetrics.policyValue(
        [0.5, -0.2, 0.3, 0.1, -0.4, 0.2, -0.1, 0.6], treatment: [1, 0, 0, 1, 1, 0, 0, 1],
        outcome: [1, 1, 0, 0, 1, 1, 0, 1]))
    #expect(abs(value - 0.6041667) < digits)
    #expect(abs(1 - value - 0.3958333) < digits)
  }

  @Test func ranks() throws {
    #expect(EffectMetrics.meanRanks([3, 1, 3, 0]) == [3.5, 2, 3.5, 1])
    #expect(EffectMetrics.spearman([1, 2, 3], [10, 100, 1000]) == 1)
    #expect(EffectMetrics.spearman([1, 2, 3], [5, 5, 5]) == nil)
    // Best first: means 3, 2.5, 2 against the mean 2.
    let area = try #require(EffectMetrics.targetingArea([3, 1, 2], score: [3, 1, 2]))
    #expect(abs(area - 0.5) < 1e-12)
    #expect(EffectMetrics.calibrationSlope([1, 2, 3], score: [2, 4, 6]) == 2)
  }
}

struct SensitivityTests {
  @Test(arguments: [(0.8, 1.8090170), (1.5, 2.3660254), (3.9, 7.2630343)])
  func eValues(ratio: Double, expected: Double) {
    #expect(abs(Sensitivity.eValue(riskRatio: ratio) - expected) < digits)
  }

  @Test func eValueOfEffectsAndIntervals() {
    let ratio = Sensitivity.riskRatio(standardisedEffect: 0.5)
    #expect(abs(Sensitivity.eValue(riskRatio: ratio) - 2.5291420) < digits)
    #expect(Sensitivity.eValue(interval: 0.9...1.4) == 1)
    #expect(Sensitivity.eValue(interval: 1.5...3) == Sensitivity.eValue(riskRatio: 1.5))
    #expect(Sensitivity.eValue(interval: 0.5...0.8) == Sensitivity.eValue(riskRatio: 0.8))
  }

  @Test(arguments: [(1.0, 0.0011107), (1.5, 0.0352225), (2.0, 0.1714352)])
  func rosenbaumBinary(gamma: Double, expected: Double) {
    let bound = Sensitivity.rosenbaumBinary(favourable: 30, discordant: 40, gamma: gamma)
    #expect(abs(bound - expected) < digits)
  }

  @Test(arguments: [(1.0, 0.0125468), (2.0, 0.1611037)])
  func rosenbaumWilcoxon(gamma: Double, expected: Double) {
    let bound = Sensitivity.rosenbaumWilcoxon(statistic: 165, pairs: 20, gamma: gamma)
    #expect(abs(bound - expected) < digits)
  }

  @Test func signedRanks() {
    let ranks = Sensitivity.signedRanks([3, -1, 0, 1])
    #expect(ranks.statistic == 3 + 1.5 && ranks.pairs == 3)
  }

  @Test(arguments: [(1.5, 0.2222222, 0.3913043), (2.0, 0.1764706, 0.4615385)])
  func propensityIntervals(lambda: Double, low: Double, high: Double) {
    let interval = Sensitivity.propensityInterval(0.3, lambda: lambda)
    #expect(abs(interval.lowerBound - low) < digits && abs(interval.upperBound - high) < digits)
  }

  /// With e = 1/2 and lambda 2 the weights are 3 and 3/2: of outcomes 0, 1 the mean lies between
  /// 1/3 and 2/3; lambda 1 gives the plain mean.
  @Test func marginalBounds() {
    let bounds = Sensitivity.marginalBounds([0, 1], propensities: [0.5, 0.5], lambda: 2)
    #expect(abs(bounds.lowerBound - 1.0 / 3) < 1e-12 && abs(bounds.upperBound - 2.0 / 3) < 1e-12)
    let point = Sensitivity.marginalBounds([0, 1, 5], propensities: [0.5, 0.5, 0.5], lambda: 1)
    #expect(abs(point.lowerBound - 2) < 1e-12 && abs(point.upperBound - 2) < 1e-12)
  }
}
