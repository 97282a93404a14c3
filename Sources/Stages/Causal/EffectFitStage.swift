import Compute
import Pipeline

/// `causal.fit`: effects of single units, estimated on the training part of a data set.
struct EffectFitStage: Stage {
  static let kind = "causal.fit"
  static let version = 1
  static let summary = "Estimates the effect of the treatment on each unit."
  static let inputs = [InputSlot("data", .dataset, help: "units, split")]
  static let outputs = [
    OutputSlot("effects", .tensors, help: "predicted effects and outcomes of all units")
  ]

  private let parameters: EstimatorParameters
  private let features: [String]

  init(_ p: inout ParameterReader) {
    parameters = EstimatorParameters(&p)
    features = p.strings(
      "features", default: [], help: "covariates by name; empty: all columns of role feature")
  }

  var estimate: Estimate {
    Estimate(cpuSeconds: parameters.seconds(), memoryBytes: 256 << 20)
  }

  func run(_ context: StageContext) throws {
    let input = context.input("data")
    var data = try CausalData(reading: input.url)
    try data.refuse(unknown: features, parameter: "features")
    for name in features
    where data.columns.contains(where: { $0.name == name && $0.role == .negative }) {
      throw StageFailure(
        at: "parameter features", "column '\(name)' is a control, not a covariate",
        why: "no treatment acts on it, so that an effect on it would show a fault",
        fix: "leave it out")
    }
    if !features.isEmpty { data.keep(features) }
    let estimate = try parameters.fit(data.sample, KnownRows(data), context)
    try EffectFile(
      estimator: parameters.label, seed: parameters.seed, data: input.hash, estimate: estimate
    ).write(to: context.output("effects"))
  }
}

extension CausalData {
  /// Makes the named columns the only covariates.
  mutating func keep(_ features: [String]) {
    columns = columns.map { column in
      ColumnInfo(
        column.name,
        column.role == .feature && !features.contains(column.name) ? .negative : column.role)
    }
  }
}
