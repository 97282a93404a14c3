import Compute
import Testing

/// Estimators on a made sample whose effects are known.
struct EffectEstimatorTests {
  /// y = x0 + t (1 + x1) + noise; units with larger x0 are treated more often, so that the plain
  /// difference of means is too large.
  private static let made: (sample: CausalSample, effects: [Double]) = {
    let count = 600
    var random = RandomStream.generator(seed: 7, purpose: "made sample")
    var (x, t, y, effects) = ([Float](), [UInt8](), [Float](), [Double]())
    for _ in 0..<count {
      let row = (0..<3).map { _ in random.gaussian() }
      let treated = random.unit() < LeastSquares.logistic(row[0])
      let effect = 1 + row[1]
      x += row.map(Float.init)
      t.append(treated ? 1 : 0)
      effects.append(effect)
      y.append(Float(row[0] + (treated ? effect : 0) + 0.3 * random.gaussian()))
    }
    return (
      CausalSample(x: Tensor(x, shape: [count, 3]), treatment: t, outcome: y), effects
    )
  }()
  private static let rows = (train: Array(0..<300), validation: Array(300..<400))

  private static func estimator(_ kind: EffectEstimator.Kind) -> EffectEstimator {
    var estimator = EffectEstimator(kind)
    estimator.representation = [16]
    estimator.head = [16]
    estimator.training.steps = 400
    estimator.training.batch = 100
    estimator.training.learningRate = 5e-3
    estimator.training.alpha = 0.1
    return estimator
  }

  private static func fit(
    _ estimator: EffectEstimator, lanes: Int = 1
  ) throws(TrainingFailure) -> EffectEstimate {
    try estimator.fit(
      made.sample, train: rows.train, validation: rows.validation, seed: 1, lanes: Lanes(lanes))
  }

  /// Effects have deviation 1: an error of 0.5 explains three quarters of their variance. One line
  /// with the treatment as a column has one effect for all.
  @Test(arguments: EffectEstimator.Kind.allCases)
  func findsTheEffects(kind: EffectEstimator.Kind) throws {
    let estimate = try Self.fit(Self.estimator(kind))
    let test = Array(400..<600)
    let found = test.map { estimate.effects[$0] }
    let truth = test.map { Self.made.effects[$0] }
    let error = try #require(EffectMetrics.rootPEHE(found, truth: truth))
    let average = try #require(EffectMetrics.averageError(found, truth: truth))
    switch kind {
    case .difference: #expect(average > 0.5)
    case .ols_s: #expect(average < 0.2 && error > 0.8)
    case .ols_t: #expect(average < 0.1 && error < 0.2)
    default: #expect(average < 0.25 && error < 0.5, "\(kind): \(average), \(error)")
    }
  }

  @Test(arguments: [EffectEstimator.Kind.cfr, .dragonnet_treg, .dr_learner, .causal_forest])
  func lanesDoNotShow(kind: EffectEstimator.Kind) throws {
    var estimator = Self.estimator(kind)
    estimator.training.steps = 30
    #expect(try Self.fit(estimator) == Self.fit(estimator, lanes: 2))
  }

  /// What no estimator may look at: outcomes of test rows, not even to see whether all are 0 or 1.
  @Test(arguments: EffectEstimator.Kind.allCases, [false, true])
  func testOutcomesDoNotCount(kind: EffectEstimator.Kind, isBinary: Bool) throws {
    var estimator = Self.estimator(kind)
    estimator.training.steps = 5
    var sample = Self.made.sample
    if isBinary { sample.outcome = sample.outcome.map { $0 > 0 ? 1 : 0 } }
    func fit() throws(TrainingFailure) -> EffectEstimate {
      try estimator.fit(
        sample, train: Self.rows.train, validation: Self.rows.validation, seed: 1, lanes: Lanes(1))
    }
    let before = try fit()
    for row in 400..<600 { sample.outcome[row] = 99 }
    #expect(try fit() == before)
  }

  /// Copies of a row, as a bootstrap draws them, must not meet in two parts.
  @Test func foldsKeepCopiesTogether() {
    let drawn = Self.rows.train.flatMap { [Int](repeating: $0, count: $0 % 3) }
    let folds = Self.made.sample.folds(drawn, count: 3, seed: 1, purpose: "test")
    #expect(folds.flatMap { $0 }.sorted() == drawn.sorted())
    for (index, fold) in folds.enumerated() {
      for other in folds[(index + 1)...] { #expect(Set(fold).isDisjoint(with: other)) }
      #expect(abs(fold.distinct.count - drawn.distinct.count / 3) <= 1)
    }
  }

  /// No treatment acts here, and x tells nothing. Whoever lets copies of a unit into both halves of
  /// a tree finds that unit's noise again, as if it were an effect.
  @Test func forestsKeepCopiesTogether() throws {
    var sample = Self.made.sample
    var random = RandomStream.generator(seed: 3, purpose: "noise")
    sample.treatment = sample.treatment.map { _ in random.unit() < 0.5 ? 1 : 0 }
    sample.outcome = sample.outcome.map { _ in Float(random.gaussian()) }
    let drawn = Self.rows.train.flatMap { [Int](repeating: $0, count: 6) }
    let effects = try Self.estimator(.causal_forest).fit(
      sample, train: drawn, validation: [], seed: 1, lanes: Lanes(1)
    ).effects
    let size = try #require(Summary.deviation(Self.rows.train.map { effects[$0] }))
    #expect(size < 0.6, "\(size)")
  }

  /// One row of 1,200 stands apart, with weight 0, so that only the discrepancy sees it. Whether a
  /// validation part of that size notices depends on the rows drawn; 1,000 rows are all compared.
  @Test(arguments: [(1000, 40...40), (1200, 25...39)])
  func comparedRowsAreLimited(count: Int, noticed: ClosedRange<Int>) throws {
    var settings = OutcomeTrainer.Settings()
    (settings.steps, settings.batch, settings.alpha) = (1, 4, 1)
    settings.discrepancy = .mmd2_rbf
    settings.sigma = 1
    func rows(_ count: Int, apart: Int?) -> OutcomeTrainer.Rows {
      // The other arm stands apart, too: what joins it brings the arms nearer.
      let x = Tensor(
        (0..<count + 2).map { $0 == apart || $0 >= count ? -1 : 1 }, shape: [count + 2, 1])
      return OutcomeTrainer.Rows(
        x: x, outcome: [Float](repeating: 0, count: count + 2),
        arms: [Array(0..<count), [count, count + 1]],
        weights: [Float](repeating: 0, count: count + 2))
    }
    func loss(apart: Int?) throws -> Double? {
      let network = OutcomeNetwork(
        .init(inputs: 1, representation: [2], head: [2], heads: 2), seed: 1)
      return try OutcomeTrainer(settings, lanes: Lanes(1)).train(
        network, on: rows(2, apart: nil), validation: rows(count, apart: apart)
      ).first?.validation
    }
    let plain = try loss(apart: nil)
    let seen = try stride(from: 0, to: count, by: count / 40).prefix(40).count { row in
      try loss(apart: row) != plain
    }
    #expect(noticed.contains(seen))
  }

  @Test func divergenceIsSaid() {
    var estimator = Self.estimator(.tarnet)
    estimator.training.learningRate = 1e30
    #expect(throws: TrainingFailure.diverged(step: 2, learningRate: 1e30)) {
      try Self.fit(estimator)
    }
  }

  @Test func cancellationIsHeeded() {
    let estimator = Self.estimator(.tarnet)
    #expect(throws: TrainingFailure.cancelled) {
      try estimator.fit(
        Self.made.sample, train: Self.rows.train, validation: [], seed: 1, lanes: Lanes(1),
        isCancelled: { true })
    }
  }

  @Test func membersAreAveraged() throws {
    var estimator = Self.estimator(.tarnet)
    estimator.training.steps = 20
    let alone = try Self.fit(estimator)
    estimator.members = 2
    let both = try Self.fit(estimator)
    #expect(alone != both && both.effects.count == alone.effects.count)
  }
}

struct LeastSquaresTests {
  @Test func line() {
    // y = 1 + 2 a - b, with a column that repeats a.
    let rows: [[Double]] = [[0, 0, 0], [1, 0, 1], [0, 1, 0], [2, 3, 2], [4, 1, 4]]
    let line = LeastSquares.line(rows, rows.map { 1.0 + 2 * $0[0] - $0[1] })
    for (found, expected) in zip(line.coefficients, [1.0, 2, -1, 0]) {
      #expect(abs(found - expected) < 1e-9)
    }
  }

  /// One 0/1 column: the coefficients are the logits of the two shares, 1/4 and 3/4.
  @Test func logisticLine() {
    let rows: [[Double]] = (0..<8).map { [$0 < 4 ? 0 : 1] }
    let line = LeastSquares.logisticLine(rows, [1, 0, 0, 0, 1, 1, 1, 0], ridge: 1e-9)
    #expect(abs(line.coefficients[0] + 1.0986122887) < 1e-6)
    #expect(abs(line.coefficients[1] - 2 * 1.0986122887) < 1e-6)
  }

  @Test func separableDataStayFinite() {
    let line = LeastSquares.logisticLine([[-1], [1], [-2], [2]], [0, 1, 0, 1])
    #expect(line.coefficients.allSatisfy { $0.isFinite } && line([1]) > 0)
  }

  @Test(arguments: [(0.975, 1.959963985), (0.5, 0.0), (0.001, -3.090232306)])
  func normalQuantiles(share: Double, expected: Double) {
    #expect(abs(NormalDistribution.quantile(share) - expected) < 1e-8)
  }
}
