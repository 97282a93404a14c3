import Compute
import Foundation
import Pipeline

extension TractWorld {
  /// Real tracts as the place of simulated crashes: their income, minority share, density and
  /// traffic are as measured, the outcomes are not.
  ///
  ///     D = -z(ln income);  M = z(logit minority in .01...99);  Ld = z(ln density)
  ///     La = C = z(ln traffic, the median where it is missing);
  ///     R = z(noise, averaged three times over a tract and its queen neighbours)
  ///
  /// We choose `truck_aadt = exp(7.4 + .8 La)` and the measured density for the exposure, so that
  /// both worlds have the same equations.
  ///
  /// - Parameters:
  ///   - map: with `income`, `minority`, `density` known and positive everywhere, and `traffic`.
  ///   - seed: of what is not observed.
  /// - Returns: the world.
  /// - Throws: ``StageFailure`` when the map lacks one of them.
  package static func real(_ map: AreaMap, seed: Int) throws -> TractWorld {
    func known(_ name: String) throws -> [Double] {
      try zip(map.ids, map.numbers(name)).map { id, number in
        guard let number, number > 0 else {
          throw StageFailure(
            at: "map \(map.name)",
            "area \(id): \(name) is \(number.map { "\($0)" } ?? "missing")",
            why: "the crash equations take its logarithm",
            fix: "leave such areas out (keep: {\(name): ...} of geo.tracts)")
        }
        return number
      }
    }
    let traffic = try map.numbers("traffic").map { number in number.flatMap { $0 > 0 ? $0 : nil } }
    let middle = Summary.median(traffic.compactMap(\.self)) ?? 1
    let density = try known("density")
    let la = standardised(traffic.map { log($0 ?? middle) })
    let neighbours = try Contiguity.queen.neighbours(
      of: map.shapes, snap: 1e-5, k: 1, xScale: map.xScale)
    var random = random(seed: seed, stream: 5)
    var residual = map.ids.map { _ in random.gaussian() }
    for _ in 0..<3 {
      residual = residual.indices.map { tract in
        let near = [tract] + neighbours[tract]
        return near.reduce(0) { $0 + residual[$1] } / Double(near.count)
      }
    }
    return TractWorld(
      map: map,
      adjacency: Adjacency(
        kind: "queen", ids: map.ids, weights: SpatialWeights(neighbours: neighbours)),
      deprivation: standardised(try known("income").map { -log($0) }),
      minority: standardised(
        try known("minority").map { share in
          let share = min(max(share, 0.01), 0.99)
          return log(share / (1 - share))
        }), density: standardised(density.map { log($0) }), traffic: la, corridor: la,
      residual: standardised(residual),
      exposure: zip(la, density).map { pow(exp(7.4 + 0.8 * $0), 0.7) * pow($1, 0.2) })
  }
}
