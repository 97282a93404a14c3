import Compute
import Foundation

/// The generator of simulated truck crashes at night: who is lit, and how severe a crash is with
/// and without light.
///
/// Severity is one of four ordered levels; the latent `b + t delta + L`, L logistic, is cut at
/// ``cuts``. The equations are a design of ours, not an estimate: see ``SynthStage``.
package struct CrashEquations: Sendable {
  /// kappa: how strongly the treatment follows the covariates, 0...3.
  package var confounding = 1.0
  /// gamma: an unobserved cause of treatment and severity, 0...3.
  package var hidden = 0.0
  /// rho: how strongly an unobserved smooth field of the map raises severity, 0...2.
  package var spatialEffect = 0.35
  /// nu: weight of the four terms that no linear model has, 0...1.
  package var nonlinear = 1.0

  package init() {}

  static let cuts = [0.3, 2.1, 3.7]

  enum Road: Int, CaseIterable {
    case freeway, arterial, local
  }

  /// One crash.
  package struct Crash {
    package let tract: Int
    let place: MapPoint
    let road: Road
    let speed: Double
    let isWet: Bool
    /// Hours since 19.
    let hour: Int
    /// From midnight to five.
    let isLate: Bool
    let isSemi: Bool
    let age: Int
    let vehicles: Int
    let isIntersection: Bool
    /// Chance of light.
    package let propensity: Double
    package let isLit: Bool
    /// 0 property damage only, 1 minor, 2 serious, 3 fatal.
    let severity: Int
    /// Latent severity without light, and what light adds.
    let base: Double
    let effect: Double

    /// Chance that the severity is above each cut.
    func exceedance(isLit: Bool) -> [Double] {
      CrashEquations.cuts.map { TractWorld.sigmoid(base + (isLit ? effect : 0) - $0) }
    }
  }

  /// - Parameters:
  ///   - count: crashes.
  ///   - world: where.
  ///   - seed: of stream 10.
  /// - Returns: in the order of their draws.
  package func crashes(_ count: Int, in world: TractWorld, seed: Int) -> [Crash] {
    var random = TractWorld.random(seed: seed, stream: 10)
    var cumulative: [Double] = []
    for exposure in world.exposure { cumulative.append((cumulative.last ?? 0) + exposure) }
    return (0..<count).map { _ in
      crash(in: world, cumulative: cumulative, random: &random)
    }
  }

  private func crash(
    in world: TractWorld, cumulative: [Double], random: inout SplitMix64
  ) -> Crash {
    let tract = Self.first(in: cumulative, above: random.unit() * (cumulative.last ?? 0))
    let place = Self.place(in: world.map.shapes[tract], random: &random)
    let corridor = world.corridor[tract]
    let weights = [exp(0.2 + corridor), exp(0.6), exp(-0.3 * corridor)]
    let target = random.unit() * (weights[0] + weights[1] + weights[2])
    let road: Road =
      target < weights[0] ? .freeway : target < weights[0] + weights[1] ? .arterial : .local
    let speed = Self.speed(on: road, random.unit())
    let isWet = random.unit() < 0.06
    let hour = Int(11 * random.unit())
    let semi = TractWorld.sigmoid(-0.2 + (road == .freeway ? 0.9 : 0) + 0.3 * corridor)
    let isSemi = random.unit() < semi
    let age = 22 + Int(46 * random.unit())
    let crowd = random.unit()
    let vehicles = 1 + (crowd < 0.75 ? 1 : 0) + (crowd < 0.2 ? 1 : 0)
    let isLate = (5..<10).contains(hour)
    let isIntersection = random.unit() < [0.05, 0.45, 0.35][road.rawValue]
    let unseen = random.gaussian()
    let (lightDraw, severityDraw) = (random.unit(), random.unit())

    let (d, m, ld) = (world.deprivation[tract], world.minority[tract], world.density[tract])
    let both = max(0, d) * max(0, m)
    let s = (speed - 45) / 15
    func flag(_ condition: Bool) -> Double { condition ? 1 : 0 }
    let index =
      0.3 - 0.4 * d + 0.5 * flag(road == .arterial) - 0.5 * flag(road == .local) + 0.2 * ld
      - 0.2 * m - 0.6 * nonlinear * both + 0.3 * flag(isIntersection)
    let propensity = min(
      max(TractWorld.sigmoid(confounding * index + hidden * unseen), 0.05), 0.95)
    var base = 0.35 * s + 0.35 * s * s * flag(isSemi) + 0.3 * flag(isSemi) + 0.6 * flag(isWet)
    base += 0.2 * d + 0.8 * nonlinear * both + 0.35 * nonlinear * sin(1.5 * ld)
    base += 0.4 * flag(isLate) + 0.3 * Double(vehicles - 2) + 0.01 * abs(Double(age) - 40)
    base += spatialEffect * world.residual[tract] + hidden * unseen
    var relief = 0.25 + 1.2 * TractWorld.sigmoid(3 * (d - 0.3)) * (0.5 + 0.5 * flag(isLate))
    relief += 0.9 * nonlinear * flag(road == .arterial) * exp(-ld * ld)
    relief += 0.4 * flag(isIntersection)
    let effect = -relief + 0.5 * flag(road == .freeway) * flag(s > 1.2)
    let isLit = lightDraw < propensity
    let latent = base + (isLit ? effect : 0) + log(severityDraw / (1 - severityDraw))
    return Crash(
      tract: tract, place: place, road: road, speed: speed, isWet: isWet, hour: hour,
      isLate: isLate, isSemi: isSemi, age: age, vehicles: vehicles,
      isIntersection: isIntersection, propensity: propensity, isLit: isLit,
      severity: Self.cuts.count { latent > $0 }, base: base, effect: effect)
  }

  /// Uniform in the area: by draws in its box until one is in, which in a unit cell is the first.
  private static func place(in shape: AreaShape, random: inout SplitMix64) -> MapPoint {
    // An area that fills less than a thousandth of its box would be hit by luck alone.
    for _ in 0..<10_000 {
      let x = shape.box.low.x + shape.box.width * random.unit()
      let y = shape.box.low.y + shape.box.height * random.unit()
      if shape.contains(MapPoint(x, y)) { return MapPoint(x, y) }
    }
    return shape.centroid
  }

  private static func speed(on road: Road, _ u: Double) -> Double {
    switch road {
    case .freeway: u < 0.6 ? 65 : 55
    case .arterial: u < 0.3 ? 45 : u < 0.7 ? 40 : 35
    case .local: u < 0.5 ? 30 : 25
    }
  }

  /// The first place whose cumulative weight is above the target.
  private static func first(in cumulative: [Double], above target: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
