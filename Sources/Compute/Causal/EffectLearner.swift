/// One fit of an ``EffectEstimator`` to a standardised sample.
struct EffectLearner {
  let settings: EffectEstimator
  let sample: CausalSample
  let train: [Int]
  let validation: [Int]
  let seed: UInt64
  let lanes: Lanes

  init(
    _ settings: EffectEstimator, _ sample: CausalSample, train: [Int], validation: [Int],
    seed: UInt64, lanes: Lanes
  ) {
    (self.settings, self.sample, self.train) = (settings, sample, train)
    (self.validation, self.seed, self.lanes) = (validation, seed, lanes)
    known = train + validation
    isBinary = CausalSample.areBinary(known.lazy.map { sample.outcome[$0] })
  }

  /// Rows whose outcomes may be looked at.
  private let known: [Int]
  /// Whether known outcomes are 0 and 1 only: those of test rows do not choose the loss.
  private let isBinary: Bool

  func fit(_ isCancelled: () -> Bool) throws(TrainingFailure) -> EffectEstimate {
    switch settings.kind {
    case .difference: return difference()
    case .ols_s: return singleLine()
    case .ols_t: return twoLines()
    case .s_net: return try singleNetwork(isCancelled)
    case .t_net: return try twoNetworks(isCancelled)
    case .tarnet, .cfr, .dragonnet, .dragonnet_treg:
      return try twoHeads(settings.kind, train: train, validation: validation, isCancelled)
    case .x_learner, .r_learner, .dr_learner, .ra_learner: return try crossFitted(isCancelled)
    case .causal_forest:
      return CausalForest(seed: seed).fit(sample, rows: known, lanes: lanes)
    }
  }

  // MARK: Lines

  private func difference() -> EffectEstimate {
    let means = sample.arms(known).map { arm in
      Summary.mean(arm.map { Double(sample.outcome[$0]) }) ?? 0
    }
    return EffectEstimate(
      untreated: [Double](repeating: means[0], count: sample.count),
      treated: [Double](repeating: means[1], count: sample.count))
  }

  private func line(_ rows: [Int], withTreatment: Bool) -> LeastSquares.Line {
    var covariates = sample.covariates(rows)
    if withTreatment {
      for (index, row) in rows.enumerated() {
        covariates[index].append(Double(sample.treatment[row]))
      }
    }
    return LeastSquares.line(covariates, rows.map { Double(sample.outcome[$0]) })
  }

  private func singleLine() -> EffectEstimate {
    let line = line(known, withTreatment: true)
    let all = sample.covariates(Array(0..<sample.count))
    return EffectEstimate(
      untreated: all.map { line($0 + [0]) }, treated: all.map { line($0 + [1]) })
  }

  private func twoLines() -> EffectEstimate {
    let lines = sample.arms(known).map { line($0, withTreatment: false) }
    let all = sample.covariates(Array(0..<sample.count))
    return EffectEstimate(untreated: all.map { lines[0]($0) }, treated: all.map { lines[1]($0) })
  }

  // MARK: Networks

  /// Independent of what else is drawn; networks of one purpose and seed share first weights.
  private func seed(_ purpose: String) -> UInt64 {
    var random = RandomStream.generator(seed: seed, purpose: purpose)
    return random.next()
  }

  private func network(
    inputs: Int, heads: Int, hasPropensity: Bool = false, purpose: String
  ) -> OutcomeNetwork {
    OutcomeNetwork(
      OutcomeNetwork.Configuration(
        inputs: inputs, representation: settings.representation, head: settings.head,
        heads: heads, hasPropensity: hasPropensity, isNormalised: settings.isNormalised,
        initialScale: settings.initialScale),
      seed: seed(purpose))
  }

  /// Targets of a network, and how to get back to their unit.
  private struct Targets {
    let scale: OutcomeScale
    let isBinary: Bool

    func restored(_ prediction: Float) -> Double {
      let value = scale.restored(Double(prediction))
      return isBinary ? LeastSquares.logistic(value) : value
    }
  }

  /// TARNet, CFR or DragonNet.
  ///
  /// DragonNet has squared errors for every outcome, as its reference code, and unweighted arms.
  private func twoHeads(
    _ kind: EffectEstimator.Kind, train: [Int], validation: [Int], _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> EffectEstimate {
    let isDragon = kind == .dragonnet || kind == .dragonnet_treg
    let targets = self.targets(train, isBinary: isBinary && !isDragon)
    let network = network(
      inputs: sample.x.shape[1], heads: 2, hasPropensity: isDragon, purpose: "two heads")
    var training = settings.training
    training.isBinary = targets.isBinary
    training.seed = seed("two heads, batches")
    if kind != .cfr { training.alpha = 0 }
    if isDragon { training.balancesArms = false }
    training.targetedRatio = kind == .dragonnet_treg ? 1 : 0
    let outcome = sample.outcome.map { Float(targets.scale.scaled(Double($0))) }
    try OutcomeTrainer(training, lanes: lanes).train(
      network, x: sample.x, outcome: outcome, training: sample.arms(train),
      validation: sample.arms(validation), isCancelled: isCancelled)
    let predictions = network.predictions(sample.x, lanes: lanes)
    var estimate = EffectEstimate(
      untreated: predictions.heads[0].map(targets.restored),
      treated: predictions.heads[1].map(targets.restored))
    estimate.propensities = predictions.logits?.map { LeastSquares.logistic(Double($0)) }
    if kind == .dragonnet_treg { estimate.fluctuation = network.epsilon * targets.scale.deviation }
    return estimate
  }

  private func targets(_ rows: [Int], isBinary: Bool) -> Targets {
    Targets(
      scale: isBinary ? .identity : OutcomeScale(rows.map { Double(sample.outcome[$0]) }),
      isBinary: isBinary)
  }

  /// A network of one head: predictions for each of `queries`.
  private func regression(
    _ x: Tensor, _ outcome: [Double], weights: [Double]? = nil, train: [Int], validation: [Int],
    isBinary: Bool = false, purpose: String, queries: [Tensor], _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> [[Double]] {
    let targets = Targets(
      scale: isBinary ? .identity : OutcomeScale(train.map { outcome[$0] }), isBinary: isBinary)
    let network = network(inputs: x.shape[1], heads: 1, purpose: purpose)
    var training = settings.training
    training.isBinary = isBinary
    training.alpha = 0
    training.seed = seed("\(purpose), batches")
    try OutcomeTrainer(training, lanes: lanes).train(
      network, x: x, outcome: outcome.map { Float(targets.scale.scaled($0)) },
      weights: weights?.map(Float.init), training: [train], validation: [validation],
      isCancelled: isCancelled)
    return queries.map { query in
      network.predictions(query, lanes: lanes).heads[0].map(targets.restored)
    }
  }

  private func singleNetwork(
    _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> EffectEstimate {
    let both = try regression(
      sample.withTreatmentColumn(), sample.outcome.map(Double.init), train: train,
      validation: validation, isBinary: isBinary, purpose: "single network",
      queries: [sample.withTreatmentColumn(0), sample.withTreatmentColumn(1)], isCancelled)
    return EffectEstimate(untreated: both[0], treated: both[1])
  }

  private func twoNetworks(
    _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> EffectEstimate {
    let outcome = sample.outcome.map(Double.init)
    let (trainArms, validationArms) = (sample.arms(train), sample.arms(validation))
    var predictions: [[Double]] = []
    for arm in 0..<2 {
      predictions += try regression(
        sample.x, outcome, train: trainArms[arm], validation: validationArms[arm],
        isBinary: isBinary, purpose: "network of arm \(arm)", queries: [sample.x],
        isCancelled)
    }
    return EffectEstimate(untreated: predictions[0], treated: predictions[1])
  }

  // MARK: Cross-fitted learners

  /// Outcomes and propensities of each known row, from networks and lines that did not see it.
  private struct Nuisances {
    var untreated: [Double]
    var treated: [Double]
    var propensity: [Double]
  }

  private func crossFitted(
    _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> EffectEstimate {
    let nuisances = try nuisances(isCancelled)
    let t = sample.treatment.map(Double.init)
    let y = sample.outcome.map(Double.init)
    let (mu0, mu1, e) = (nuisances.untreated, nuisances.treated, nuisances.propensity)
    func effect(
      _ targets: [Double], weights: [Double]? = nil, _ train: [Int], _ validation: [Int],
      _ purpose: String
    ) throws(TrainingFailure) -> [Double] {
      try regression(
        sample.x, targets, weights: weights, train: train, validation: validation,
        purpose: purpose, queries: [sample.x], isCancelled)[0]
    }
    let effects: [Double]
    switch settings.kind {
    case .x_learner:
      let (trainArms, validationArms) = (sample.arms(train), sample.arms(validation))
      let fromTreated = try effect(
        y.indices.map { y[$0] - mu0[$0] }, trainArms[1], validationArms[1], "effect on treated")
      let fromUntreated = try effect(
        y.indices.map { mu1[$0] - y[$0] }, trainArms[0], validationArms[0], "effect on untreated")
      let all = propensities(known, of: Array(0..<sample.count))
      effects = y.indices.map { all[$0] * fromUntreated[$0] + (1 - all[$0]) * fromTreated[$0] }
    case .r_learner:
      // m = E[Y|x] is what the two outcomes mix to.
      let m = y.indices.map { e[$0] * mu1[$0] + (1 - e[$0]) * mu0[$0] }
      effects = try effect(
        y.indices.map { (y[$0] - m[$0]) / (t[$0] - e[$0]) },
        weights: y.indices.map { (t[$0] - e[$0]) * (t[$0] - e[$0]) }, train, validation, "effect")
    case .ra_learner:
      effects = try effect(
        y.indices.map { t[$0] == 1 ? y[$0] - mu0[$0] : mu1[$0] - y[$0] }, train, validation,
        "effect")
    default:
      let scores = y.indices.map { unit in
        AverageEffect.Unit(
          treated: t[unit] == 1, y: y[unit], mu0: mu0[unit], mu1: mu1[unit], e: e[unit]
        ).score
      }
      effects = try effect(scores, train, validation, "effect")
    }
    return EffectEstimate(effects: effects)
  }

  private func nuisances(
    _ isCancelled: () -> Bool
  ) throws(TrainingFailure) -> Nuisances {
    let half = [Double](repeating: 0.5, count: sample.count)
    var result = Nuisances(untreated: half, treated: half, propensity: half)
    func folds(_ rows: [Int], _ purpose: String) -> [[Int]] {
      sample.folds(rows, count: settings.folds, seed: seed, purpose: "folds \(purpose)")
    }
    let (trainFolds, validationFolds) = (folds(train, "train"), folds(validation, "validation"))
    for fold in 0..<settings.folds {
      let (own, others) = (trainFolds[fold], trainFolds.indices.filter { $0 != fold })
      let rest = others.flatMap { trainFolds[$0] }
      let held = others.flatMap { validationFolds[$0] }
      let outcomes = try twoHeads(.tarnet, train: rest, validation: held, isCancelled)
      let rows = own + validationFolds[fold]
      let propensity = propensities(rest + held, of: rows)
      for (index, row) in rows.enumerated() {
        result.untreated[row] = outcomes.untreated?[row] ?? 0
        result.treated[row] = outcomes.treated?[row] ?? 0
        result.propensity[row] = propensity[index]
      }
    }
    return result
  }

  /// Clipped propensities of some rows from a logistic line through others.
  private func propensities(_ fitted: [Int], of rows: [Int]) -> [Double] {
    sample.propensities(fittedOn: fitted, of: rows).map {
      min(max($0, settings.clip), 1 - settings.clip)
    }
  }
}
