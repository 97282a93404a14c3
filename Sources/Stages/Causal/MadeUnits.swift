import Compute
import Foundation
import Pipeline

/// The embedded data set `made`: 400 units in 40 places, whose effects are known. It needs no file,
/// so that every stage can be tried and tested anywhere.
///
///     place z ~ N(0, 1), poor where z < 0;   x1, x2, x3 ~ N(0, 1)
///     logit e = 0.8 x1 + 0.4 z,   y = x1 + 0.5 z + t tau + 0.5 N(0, 1)
///     tau = -0.5 - 0.5 x2 - 0.5 [poor]
///
/// `hour` has role negative: no treatment acts on it. `injured` has role post: it is a consequence.
enum MadeUnits {
  static let count = 400
  private static let places = 40

  static func data(hash: String) -> CausalData {
    var random = RandomStream.generator(seed: 1, purpose: "made units")
    let z = (0..<places).map { _ in random.gaussian() }
    var x: [Float] = []
    var (treatment, outcome) = ([UInt8](), [Float]())
    var (mu0, mu1) = ([Float](), [Float]())
    for unit in 0..<count {
      let own: Double = z[unit % places]
      let values: [Double] = (0..<3).map { _ in random.gaussian() }
      let e = LeastSquares.logistic(0.8 * values[0] + 0.4 * own)
      let t: UInt8 = random.unit() < e ? 1 : 0
      let low: Double = values[0] + 0.5 * own
      let poverty: Double = own < 0 ? 0.5 : 0
      let effect: Double = -0.5 - 0.5 * values[1] - poverty
      let y: Double = low + Double(t) * effect + 0.5 * random.gaussian()
      let hour: Double = (24 * random.unit()).rounded(.down)
      x += values.map { Float($0) }
      x += [Float(own), Float(hour), y > 0 ? 1 : 0]
      treatment.append(t)
      outcome.append(Float(y))
      mu0.append(Float(low))
      mu1.append(Float(low + effect))
    }
    let columns = ["x1", "x2", "x3", "z"].map { CausalData.ColumnInfo($0) }
    var data = CausalData(
      name: "made", hash: hash,
      columns: columns + [.init("hour", .negative), .init("injured", .post)],
      x: Tensor(x, shape: [count, 6]), treatment: treatment, outcome: outcome)
    data.truth = (mu0, mu1)
    data.cluster = (0..<count).map { Int32($0 % places) }
    data.place = Tensor(
      (0..<count).flatMap { unit -> [Float] in
        let place = unit % places
        return [Float(place % 8) + 0.5, Float(place / 8) + 0.5]
      }, shape: [count, 2])
    data.groupings = [
      .init(
        name: "income", labels: ["poor", "rich"],
        members: (0..<count).map { z[$0 % places] < 0 ? 0 : 1 })
    ]
    return data
  }
}
