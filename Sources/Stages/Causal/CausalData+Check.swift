import Compute
import Pipeline

extension CausalData {
  /// Refuses data that no estimator could use.
  ///
  /// - Throws: ``StageFailure`` for a number that is not finite, a treatment other than 0 and 1,
  ///   fewer than 20 units in an arm, an outcome that is the same for all units, and a part that
  ///   does not exist.
  package func check(at place: String) throws {
    func refuse(_ what: String, _ why: String, _ fix: String) -> StageFailure {
      StageFailure(at: place, what, why: why, fix: fix)
    }
    if !columns.contains(where: { $0.role == .feature }) {
      throw refuse(
        "no column has role feature", "estimators adjust for covariates",
        "give at least one column that role")
    }
    let values = x.values
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw refuse(
        "unit \(index / columns.count), column \(columns[index % columns.count].name):"
          + " \(values[index])",
        "estimators need a number in every cell", "drop the unit or impute the value")
    }
    if let unit = outcome.firstIndex(where: { !$0.isFinite }) {
      throw refuse(
        "unit \(unit): outcome \(outcome[unit])", "estimators need a number for every unit",
        "drop the unit")
    }
    if let unit = treatment.firstIndex(where: { $0 > 1 }) {
      throw refuse(
        "unit \(unit): treatment \(treatment[unit])", "a treatment is 0 or 1",
        "code the compared states as 0 and 1")
    }
    let treated = treatment.reduce(0) { $0 + Int($1) }
    if min(treated, count - treated) < Self.leastArm {
      throw refuse(
        "\(treated) treated and \(count - treated) untreated units",
        "each arm needs at least \(Self.leastArm)",
        "use more data, or a treatment that more units differ in")
    }
    if Set(outcome).count == 1 {
      throw refuse(
        "all \(count) outcomes are \(outcome[0])", "a constant has no effect to estimate",
        "use another outcome")
    }
    if let unit = part?.firstIndex(where: { $0 > Part.test.rawValue }) {
      throw refuse(
        "unit \(unit): part \(part?[unit] ?? 0)", "0 is training, 1 validation, 2 test",
        "split with causal.split")
    }
  }
}
