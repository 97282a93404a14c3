import Compute
import Foundation
import Pipeline

/// Simulated crashes as a causal data set, with what is true of them.
struct CrashSample {
  let crashes: [CrashEquations.Crash]
  let world: TractWorld
  /// Outcome of each level of severity.
  let levels: [Double]
  let groups: Int
  let name: String
  let hash: String

  static let columns =
    [
      "ln_income", "logit_minority", "ln_density", "ln_truck", "speed", "freeway", "arterial",
      "wet", "late", "semi", "age", "vehicles", "intersection", "x", "y",
    ].map { CausalData.ColumnInfo($0) } + [CausalData.ColumnInfo("hour", .negative)]

  /// Sentences that belong beside every result on these data.
  static let disclosure = """
    Simulated outcomes. The generator went through three designs: in the first, nearly linear one \
    a linear T-learner won; in the second, with weak overlap, nothing beat a constant; the third, \
    with a non-linear confounder and non-linear effect modifiers, was kept. That networks beat \
    linear models here is a property built in, no evidence about real crashes; nonlinear: 0 takes \
    it out. Severity is over-sampled (more than a quarter killed or serious; police data about 5 %). Crash \
    records condition on a crash: light may prevent some, which no effect on severity can show.

    """

  /// Mean outcome of a crash with and without light, exact.
  func mean(_ crash: CrashEquations.Crash, isLit: Bool) -> Double {
    let steps = zip(levels.dropFirst(), levels).map { $0 - $1 }
    return zip(steps, crash.exceedance(isLit: isLit)).reduce(levels[0]) { $0 + $1.0 * $1.1 }
  }

  func effect(_ crash: CrashEquations.Crash) -> Double {
    mean(crash, isLit: true) - mean(crash, isLit: false)
  }

  var data: CausalData {
    get throws {
      let box = MapBox(around: world.map.shapes.lazy.flatMap { [$0.box.low, $0.box.high] })
      var data = CausalData(
        name: name, hash: hash, columns: Self.columns,
        x: Tensor(
          crashes.flatMap { features($0, box: box).map(Float.init) },
          shape: [crashes.count, Self.columns.count]),
        treatment: crashes.map { $0.isLit ? 1 : 0 },
        outcome: crashes.map { Float(levels[$0.severity]) })
      data.truth = (
        crashes.map { Float(mean($0, isLit: false)) }, crashes.map { Float(mean($0, isLit: true)) }
      )
      data.cluster = crashes.map { Int32($0.tract) }
      data.place = Tensor(
        crashes.flatMap { [Float($0.place.x), Float($0.place.y)] }, shape: [crashes.count, 2])
      data.groupings = try AreaTrait.allCases.map {
        try $0.grouping(of: world.map, areas: crashes.map(\.tract), count: groups)
      }
      return data
    }
  }

  private func features(_ crash: CrashEquations.Crash, box: MapBox) -> [Double] {
    let tract = crash.tract
    func flag(_ condition: Bool) -> Double { condition ? 1 : 0 }
    return [
      -world.deprivation[tract], world.minority[tract], world.density[tract],
      world.traffic[tract], (crash.speed - 45) / 15, flag(crash.road == .freeway),
      flag(crash.road == .arterial), flag(crash.isWet), flag(crash.isLate), flag(crash.isSemi),
      (Double(crash.age) - 44.5) / 13.3, Double(crash.vehicles - 2), flag(crash.isIntersection),
      (crash.place.x - box.low.x) / box.width - 0.5, (crash.place.y - box.low.y) / box.height - 0.5,
      Double(crash.hour),
    ]
  }

  /// What is true of the sample, by name.
  var truth: [(quantity: String, value: Double?)] {
    get throws {
      let effects = crashes.map(effect)
      let outcomes = crashes.map { levels[$0.severity] }
      let serious = crashes.map { crash in
        crash.exceedance(isLit: true)[1] - crash.exceedance(isLit: false)[1]
      }
      let ate = Summary.mean(effects)
      let squares = ate.map { ate in effects.reduce(0) { $0 + ($1 - ate) * ($1 - ate) } }
      func mean(isLit: Bool) -> Double? {
        Summary.mean(zip(crashes, outcomes).filter { $0.0.isLit == isLit }.map(\.1))
      }
      let income = try AreaTrait.income.grouping(
        of: world.map, areas: crashes.map(\.tract), count: groups
      ).members
      func group(_ index: Int) -> [Double] {
        zip(income, effects).filter { Int($0.0) == index }.map(\.1)
      }
      func difference(_ a: Double?, _ b: Double?) -> Double? {
        a.flatMap { a in b.map { a - $0 } }
      }
      let (poorest, richest) = (group(0), group(groups - 1))
      let counts = (0...3).map { level in Double(crashes.count { $0.severity == level }) }
      return [
        ("crashes", Double(crashes.count)), ("lit", Double(crashes.count { $0.isLit })),
        ("property damage only", counts[0]), ("minor", counts[1]), ("serious", counts[2]),
        ("fatal", counts[3]), ("effect of light (ATE)", ate),
        ("sd of effects", squares.map { ($0 / Double(effects.count)).squareRoot() }),
        ("effect on killed or serious", Summary.mean(serious)),
        ("difference of means (naive)", difference(mean(isLit: true), mean(isLit: false))),
        ("gap poorest - richest", difference(Summary.mean(poorest), Summary.mean(richest))),
        ("crashes in poorest", Double(poorest.count)),
        ("crashes in richest", Double(richest.count)),
      ]
    }
  }
}
