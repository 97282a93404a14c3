/// An estimator of effects for single units, with all its settings.
package struct EffectEstimator: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Difference of the arms' means: nothing is adjusted for.
    case difference
    /// One line with the treatment as a column; one line for each arm.
    case ols_s, ols_t
    /// One network with the treatment as a column; one network for each arm.
    case s_net, t_net
    /// Shared representation, two heads; with a penalty on how far the arms' representations lie
    /// apart.
    case tarnet, cfr
    /// TARNet with a propensity head; with targeted regularisation.
    case dragonnet, dragonnet_treg
    /// Learners of the effect from cross-fitted outcomes and propensities.
    case x_learner, r_learner, dr_learner, ra_learner
    /// Honest causal trees on residuals.
    case causal_forest
  }

  package var kind: Kind
  package var representation = [64, 64]
  package var head = [32, 32]
  package var isNormalised = true
  package var initialScale = 0.1
  /// `alpha` counts for `cfr` alone.
  package var training = OutcomeTrainer.Settings()
  /// Networks whose predictions are averaged; each has first weights and batches of its own.
  package var members = 1
  /// Parts of the cross-fitted learners, at least 2.
  package var folds = 2
  /// Propensities are kept in `clip ... 1 - clip`.
  package var clip = 0.02

  package init(_ kind: Kind) { self.kind = kind }

  /// Fits on some rows and predicts for all.
  ///
  /// - Parameters:
  ///   - sample: outcomes of rows that are neither training nor validation are not looked at.
  ///   - train: rows that weights are fitted on; linear and cross-fitted parts use those of
  ///     `validation` too.
  ///   - validation: rows by which a network's best weights are chosen; empty keeps the last.
  ///   - seed: of first weights, batches, folds and trees. Estimators of one seed share them.
  ///   - lanes: cores to use.
  ///   - isCancelled: asked now and then.
  /// - Returns: predictions for all rows.
  /// - Throws: `cancelled`, or `diverged` when a network's loss is no longer finite.
  package func fit(
    _ sample: CausalSample, train: [Int], validation: [Int], seed: UInt64, lanes: Lanes,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingFailure) -> EffectEstimate {
    let scaled = sample.standardised(by: train)
    var estimates: [EffectEstimate] = []
    for member in 0..<max(1, isNetwork ? members : 1) {
      let learner = EffectLearner(
        self, scaled, train: train, validation: validation, seed: seed &+ UInt64(member) << 32,
        lanes: lanes)
      estimates.append(try learner.fit(isCancelled))
    }
    return EffectEstimate(averaging: estimates)
  }

  /// Whether anything random takes part, so that members differ.
  private var isNetwork: Bool {
    switch kind {
    case .difference, .ols_s, .ols_t: false
    default: true
    }
  }
}

/// Predicted effects of all units of a sample, and what else the estimator knows of them.
package struct EffectEstimate: Sendable, Equatable {
  /// Effect of each unit.
  package var effects: [Double]
  /// Mean outcomes without and with treatment; nil for estimators of the effect alone.
  package var untreated: [Double]?
  package var treated: [Double]?
  /// Propensities, where the estimator models them.
  package var propensities: [Double]?
  /// Epsilon of the targeted regularisation, in units of the outcome.
  package var fluctuation: Double?

  package init(effects: [Double]) { self.effects = effects }

  /// From both mean outcomes.
  package init(untreated: [Double], treated: [Double]) {
    effects = zip(treated, untreated).map { $0 - $1 }
    self.untreated = untreated
    self.treated = treated
  }

  /// The mean of several estimates of the same units.
  init(averaging parts: [EffectEstimate]) {
    func mean(_ part: (EffectEstimate) -> [Double]?) -> [Double]? {
      let lists = parts.compactMap(part)
      guard lists.count == parts.count, let first = lists.first else { return nil }
      if lists.count == 1 { return first }
      return first.indices.map { unit in
        lists.reduce(0) { $0 + $1[unit] } / Double(lists.count)
      }
    }
    effects = mean(\.effects) ?? []
    (untreated, treated, propensities) = (mean(\.untreated), mean(\.treated), mean(\.propensities))
    let fluctuations = parts.compactMap(\.fluctuation)
    fluctuation = fluctuations.count == parts.count ? Summary.mean(fluctuations) : nil
  }
}
