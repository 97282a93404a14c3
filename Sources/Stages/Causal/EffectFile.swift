import Compute
import Foundation
import Pipeline

/// Predicted effects of all units of a data set: the `tensors` artifact of `causal.fit`.
///
/// Tensors: `effects` `[N]`; `untreated` and `treated` `[N]` where the estimator predicts outcomes;
/// `propensities` `[N]` where it models them. Metadata: `estimator` (as tables name it), `seed`,
/// `data` (hash of the data set's file), `fluctuation`.
struct EffectFile {
  let estimator: String
  let seed: Int
  /// Hash of the artifact that it was fitted on.
  let data: String
  let estimate: EffectEstimate

  func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = ["estimator": estimator, "seed": String(seed), "data": data]
    if let fluctuation = estimate.fluctuation {
      writer.metadata["fluctuation"] = Value.canonicalText(of: fluctuation)
    }
    func set(_ name: String, _ values: [Double]?) {
      if let values { writer.set(name, Tensor(values.map(Float.init))) }
    }
    set("effects", estimate.effects)
    set("untreated", estimate.untreated)
    set("treated", estimate.treated)
    set("propensities", estimate.propensities)
    try writer.write(to: url.path)
  }

  init(estimator: String, seed: Int, data: String, estimate: EffectEstimate) {
    (self.estimator, self.seed, self.data, self.estimate) = (estimator, seed, data, estimate)
  }

  /// The predicted outcomes of all units.
  ///
  /// - Throws: ``StageFailure`` for an estimator of the effect alone.
  func outcomes() throws -> (untreated: [Double], treated: [Double]) {
    guard let untreated = estimate.untreated, let treated = estimate.treated else {
      throw StageFailure(
        at: "input effects", "\(estimator) predicts no outcomes",
        why: "a doubly robust score corrects predicted outcomes",
        fix: "use an estimator of both outcomes, as tarnet or ols_t")
    }
    return (untreated, treated)
  }

  /// Reads effects and checks that they are of these data.
  ///
  /// - Throws: ``StageFailure`` for effects of another data set.
  init(reading input: InputArtifact, of data: InputArtifact, count: Int) throws {
    let file = try SafeTensorsFile(reading: input.url.path)
    guard let estimator = file.metadata["estimator"],
      let seed = file.metadata["seed"].flatMap({ Int($0) }), let origin = file.metadata["data"]
    else {
      throw StageFailure(
        at: "input effects", "the metadata names no estimator",
        why: "effects carry how they were found", fix: "use the output of causal.fit")
    }
    func values(_ name: String) throws -> [Double]? {
      file.entries[name] == nil ? nil : try file.floats(name).values.map(Double.init)
    }
    let effects = try values("effects") ?? []
    guard origin == data.hash, effects.count == count else {
      throw StageFailure(
        at: "input effects", "they were fitted on other data",
        why: "row by row they would be compared with the wrong units",
        fix: "give causal.fit and this stage the same data")
    }
    var estimate = EffectEstimate(effects: effects)
    (estimate.untreated, estimate.treated) = (try values("untreated"), try values("treated"))
    estimate.propensities = try values("propensities")
    estimate.fluctuation = file.metadata["fluctuation"].flatMap(Double.init)
    self.init(estimator: estimator, seed: seed, data: origin, estimate: estimate)
  }
}
