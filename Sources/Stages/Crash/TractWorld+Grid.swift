import Compute
import Foundation
import Pipeline

extension TractWorld {
  /// A drawn city of `side` x `side` unit cells, row-major. Five smooth random fields and a winding
  /// freight corridor, made orthogonal to each other, so that the correlations of deprivation,
  /// minority share, density and traffic are the same for every seed.
  ///
  /// The constants were matched to the tracts of Los Angeles County.
  ///
  /// - Parameters:
  ///   - side: 6...64.
  ///   - seed: of the fields.
  /// - Returns: the world.
  /// - Throws: nothing in these ranges; finding neighbours refuses maps that overlap.
  package static func grid(side: Int, seed: Int) throws -> TractWorld {
    let corridor = standardised(
      (0..<side * side).map { cell in
        let (x, y) = (Double(cell % side) + 0.5, Double(cell / side) + 0.5)
        let size = Double(side)
        let line = size / 2 + 0.15 * size * sin(2 * .pi * y / size)
        return exp(-abs(x - line) / 2)
      })
    func field(_ stream: UInt64) -> [Double] {
      var random = random(seed: seed, stream: stream)
      return smoothed((0..<side * side).map { _ in random.gaussian() }, side: side)
    }
    // Streams: 1 density, 2 deprivation, 3 ethnicity, 4 trucks, 5 what is not observed.
    let fields = orthogonalised([
      corridor, field(2), field(3), field(1), field(4), field(5),
    ])
    let (c, dep, eth, dens, trk, rest) = (
      fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]
    )
    func combined(_ a: Double, _ first: [Double], _ b: Double, _ second: [Double]) -> [Double] {
      standardised(zip(first, second).map { a * $0 + b * $1 })
    }
    let d = combined(1, dep, 0.2, c)
    let m = combined(0.65, d, 0.76, eth)
    let ld = combined(0.5, d, 0.866, dens)
    let la = combined(0.7, c, 0.7, trk)
    let truck = la.map { exp(7.4 + 0.8 * $0) }
    let density = ld.map { exp(8.2 + 0.85 * $0) }
    let map = gridMap(
      side: side, seed: seed,
      attributes: [
        "income": d.map { exp(11.05 - 0.46 * $0) },
        "minority": m.map { sigmoid(1.6 + 1.75 * $0) }, "density": density, "traffic": truck,
        "population": density,
      ])
    let neighbours = try Contiguity.queen.neighbours(of: map.shapes, snap: 1e-5, k: 1, xScale: 1)
    return TractWorld(
      map: map,
      adjacency: Adjacency(
        kind: "queen", ids: map.ids, weights: SpatialWeights(neighbours: neighbours)),
      deprivation: d, minority: m, density: ld, traffic: la, corridor: c, residual: rest,
      exposure: zip(truck, density).map { pow($0, 0.7) * pow($1, 0.2) })
  }

  private static func gridMap(side: Int, seed: Int, attributes: [String: [Double]]) -> AreaMap {
    let shapes = (0..<side * side).map { cell -> AreaShape in
      let (x, y) = (Double(cell % side), Double(cell / side))
      return AreaShape(polygons: [
        [
          [
            MapPoint(x, y), MapPoint(x + 1, y), MapPoint(x + 1, y + 1), MapPoint(x, y + 1),
            MapPoint(x, y),
          ]
        ]
      ])
    }
    let name = "grid \(side)x\(side)"
    return AreaMap(
      name: name, hash: SHA256.hex(of: "\(name) seed \(seed)"), unit: .cells,
      ids: (0..<side * side).map { cell in
        "r" + twoDigits(cell / side) + "c" + twoDigits(cell % side)
      }, shapes: shapes, attributes: attributes.mapValues { $0.map(Optional.some) })
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
  }

  /// Weights `exp(-d^2 / 8)` for |d| <= 6, along rows of j and then of i; zeros outside.
  private static func smoothed(_ noise: [Double], side: Int) -> [Double] {
    func pass(_ values: [Double], stride: Int) -> [Double] {
      values.indices.map { cell in
        let place = cell / stride % side
        var sum = 0.0
        for d in -6...6 where (0..<side).contains(place + d) {
          sum += exp(-Double(d * d) / 8) * values[cell + d * stride]
        }
        return sum
      }
    }
    return standardised(pass(pass(noise, stride: side), stride: 1))
  }

  /// Gram-Schmidt in order: projections on all earlier fields are taken out.
  private static func orthogonalised(_ fields: [[Double]]) -> [[Double]] {
    var done: [[Double]] = []
    for field in fields {
      var rest = field
      for earlier in done {
        // Standardised fields have the square n.
        let share = zip(rest, earlier).reduce(0) { $0 + $1.0 * $1.1 } / Double(rest.count)
        rest = zip(rest, earlier).map { $0 - share * $1 }
      }
      done.append(standardised(rest))
    }
    return done
  }
}
