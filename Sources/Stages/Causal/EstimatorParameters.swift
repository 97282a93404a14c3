import Compute
import Pipeline

/// The parameters of an estimator, which fitting, uncertainty and refutation share.
struct EstimatorParameters {
  let estimator: EffectEstimator
  let seed: Int

  init(_ p: inout ParameterReader) {
    var estimator = EffectEstimator(
      p.choice("estimator", default: EffectEstimator.Kind.cfr, help: "how effects are estimated"))
    estimator.representation = p.ints(
      "rep", default: [64, 64], in: 1...4096, help: "widths of the shared layers")
    estimator.head = p.ints(
      "head", default: [32, 32], in: 1...4096, help: "widths of the hidden layers of a head")
    estimator.isNormalised = p.bool(
      "normalise", default: true, help: "whether representations have unit length")
    estimator.initialScale = p.double(
      "init", default: 0.1, in: .above(0, through: 10),
      help: "first weights have deviation init / sqrt(fan in)")
    estimator.members = p.int(
      "members", default: 1, in: 1...100, help: "networks whose predictions are averaged")
    estimator.folds = p.int(
      "folds", default: 2, in: 2...20, help: "parts of the cross-fitted learners")
    estimator.clip = p.double(
      "clip", default: 0.02, in: .above(0, through: 0.2),
      help: "propensities are kept in clip ... 1 - clip")
    estimator.training = Self.training(&p)
    seed = p.int(
      "seed", default: 1, in: 0...Int.max, help: "of first weights, batches, folds and trees")
    estimator.training.alpha = p.double(
      "alpha", default: 0.3, in: .closed(0, 100), help: "cfr: factor of the discrepancy")
    self.estimator = estimator
  }

  private static func training(_ p: inout ParameterReader) -> OutcomeTrainer.Settings {
    var training = OutcomeTrainer.Settings()
    training.steps = p.int("steps", default: 1500, in: 1...1_000_000, help: "of each network")
    training.batch = p.int(
      "batch", default: 200, in: 4...1_000_000, unit: "units",
      help: "of a step; arms keep their shares")
    training.learningRate = p.double(
      "lr", default: 1e-3, in: .above(0, through: 10), help: "of Adam")
    training.decay = p.double(
      "decay", default: 0.97, in: .above(0, through: 1), help: "of the rate, every 100 steps")
    training.lambda = p.double(
      "lambda", default: 1e-4, in: .closed(0, 100), help: "weight decay of the heads")
    training.discrepancy = p.choice(
      "ipm", default: .mmd_lin, help: "cfr: how far representations of the arms lie apart")
    training.sigma = p.double(
      "sigma", default: 0.1, in: .above(0, through: 1000), help: "mmd2_rbf: width of the kernel")
    let isConstant = p.bool(
      "plan_gradient", default: false,
      help: "sinkhorn: whether the plan is a constant on the way back")
    training.planGradient = isConstant ? .plan : .unrolled
    return training
  }

  /// As tables name it: `tarnet`, `cfr_mmd_lin_0.3`, with the members of an ensemble.
  var label: String {
    var label = estimator.kind.rawValue
    if estimator.kind == .cfr {
      let alpha = Value.canonicalText(of: estimator.training.alpha)
      label += "_\(estimator.training.discrepancy.rawValue)_\(alpha)"
    }
    return estimator.members > 1 ? "\(label)_x\(estimator.members)" : label
  }

  /// Seconds of one core, roughly: measured at 2 ns a multiply-add of these small networks.
  func seconds(fits: Int = 1) -> Double {
    let widths = [25] + estimator.representation + estimator.head + estimator.head
    let products = zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let steps = Double(estimator.training.steps * estimator.training.batch * estimator.members)
    return Double(fits) * (1 + steps * Double(products) * 3 * 1e-10)
  }

  /// The arm that has too few training units for this estimator, if any. Copies of a unit count as
  /// one.
  func thinArm(_ sample: CausalSample, train: [Int]) -> (arm: Int, count: Int)? {
    for (arm, rows) in sample.arms(train.distinct).enumerated() {
      switch estimator.kind {
      case .x_learner, .r_learner, .dr_learner, .ra_learner:
        let largestPart = (rows.count + estimator.folds - 1) / estimator.folds
        if rows.count - largestPart < Self.leastArm { return (arm, rows.count) }
      // Trees see 45 % of half of the units, and want some in every leaf.
      case .causal_forest: if rows.count < 10 { return (arm, rows.count) }
      default: if rows.count < Self.leastArm { return (arm, rows.count) }
      }
    }
    return nil
  }

  private static let leastArm = 2

  /// Fits, with failures in the terms of stages.
  ///
  /// - Parameters:
  ///   - sample: the units.
  ///   - rows: which are known.
  ///   - draw: added to the seed.
  ///   - context: of the stage.
  /// - Returns: predictions for all units.
  /// - Throws: `StageCancelled`, or ``StageFailure`` when an arm is too small or a loss is no
  ///   longer finite.
  func fit(
    _ sample: CausalSample, _ rows: KnownRows, draw: Int = 0, _ context: StageContext
  ) throws -> EffectEstimate {
    if let thin = thinArm(sample, train: rows.train) {
      throw StageFailure(
        at: "input data", "\(thin.count) training units have treatment \(thin.arm)",
        why: "\(label) needs more of them in every part that it is fitted on",
        fix: "write a smaller test or val for causal.split, or use more data")
    }
    do throws(TrainingFailure) {
      return try estimator.fit(
        sample, train: rows.train, validation: rows.validation,
        seed: UInt64(seed) &+ UInt64(draw), lanes: Lanes(context.lanes),
        isCancelled: { context.isStopping })
    } catch {
      throw error.inStages(lossOf: label)
    }
  }
}

extension CausalData {
  /// Refuses a possible consequence of the treatment among the covariates that a user names.
  ///
  /// - Throws: ``StageFailure`` for a column that is not there or has role `post`.
  func refuse(unknown names: [String], parameter: String) throws {
    for name in names {
      guard let column = columns.first(where: { $0.name == name }) else {
        throw StageFailure(
          at: "parameter \(parameter)", "there is no column '\(name)'",
          why: "the data have " + columns.map(\.name).joined(separator: ", "),
          fix: nearestName(to: name, in: columns.map(\.name)).map { "did you mean '\($0)'?" } ?? "")
      }
      if column.role == .post {
        throw StageFailure(
          at: "parameter \(parameter)", "column '\(name)' may be a consequence of the treatment",
          why: "adjusting for it would take away a part of the effect",
          fix: "leave it out")
      }
    }
  }
}
