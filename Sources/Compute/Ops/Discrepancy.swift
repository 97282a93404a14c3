import Foundation

/// How far apart two samples lie, by one number that a network can be trained on: an integral
/// probability metric, exact or made smooth.
///
/// - Source: Shalit, Johansson & Sontag 2017 and its reference code.
package enum Discrepancy: String, Sendable, CaseIterable {
  /// The distance of the means: `||mean B - mean A||`.
  case mmd_lin
  /// Squared maximum mean discrepancy under a Gaussian kernel, unbiased: it can be below 0.
  case mmd2_rbf
  /// Entropic transport of Euclidean cost, epsilon a tenth of the mean cost, ten iterations.
  case sinkhorn
  /// The reference code's form of it, for comparison only: see ``Tape/officialTransport(cost:)``.
  case wass_official
}

extension Tape {
  /// The discrepancy of two samples, one row a unit.
  ///
  /// - Parameters:
  ///   - a: `[M, C]`, M at least 2.
  ///   - b: `[N, C]`, N at least 2.
  ///   - kind: which one.
  ///   - sigma: width of the Gaussian kernel `exp(-||x - y||^2 / sigma^2)`; there is no factor 2.
  ///   - planGradient: whether the transport plan of `sinkhorn` counts as a constant on the way
  ///     back.
  /// - Returns: a scalar.
  package func discrepancy(
    _ a: Variable, _ b: Variable, _ kind: Discrepancy, sigma: Double = 0.1,
    planGradient: SinkhornGradient = .unrolled
  ) -> Variable {
    switch kind {
    case .mmd_lin: return meanDistance(a, b)
    case .mmd2_rbf:
      let (m, n) = (Float(a.shape[0]), Float(b.shape[0]))
      return weightedSum([
        (gaussianSum(a, a, sigma: sigma, skipsDiagonal: true), 1 / (m * (m - 1))),
        (gaussianSum(b, b, sigma: sigma, skipsDiagonal: true), 1 / (n * (n - 1))),
        (gaussianSum(a, b, sigma: sigma), -2 / (m * n)),
      ])
    case .sinkhorn: return sinkhorn(cost: distances(b, a), gradient: planGradient)
    case .wass_official: return officialTransport(cost: distances(b, a))
    }
  }

  /// Euclidean distances between all rows, with the floor that keeps the gradient finite.
  private func distances(_ a: Variable, _ b: Variable) -> Variable {
    squareRoot(pairwiseSquaredDistances(a, b), floor: 1e-10)
  }

  /// The distance of the mean rows.
  ///
  ///     d = mean B - mean A,   y = sqrt(max(||d||^2, 1e-10))
  ///     dA[i, :] = -dy d / (y M),   dB[j, :] = dy d / (y N);   0 where the floor acts
  ///
  /// - Returns: a scalar.
  package func meanDistance(_ a: Variable, _ b: Variable) -> Variable {
    precondition(
      a.shape.rank == 2 && b.shape.rank == 2 && a.shape[1] == b.shape[1] && a.shape[0] > 0
        && b.shape[0] > 0, "mean distance: \(a.shape) and \(b.shape)")
    let (m, n, columns) = (a.shape[0], b.shape[0], a.shape[1])
    let (low, high) = (a.value.columnMeans, b.value.columnMeans)
    let difference = zip(high, low).map { $0 - $1 }
    let square = difference.reduce(0) { $0 + $1 * $1 }
    let length = max(square, 1e-10).squareRoot()
    return record(Tensor(scalar: Float(length)), from: [a, b]) { gradient in
      let slope = square > 1e-10 ? Double(gradient.item) / length : 0
      func spread(_ rows: Int, _ factor: Double) -> Tensor {
        let row = difference.map { Float($0 * slope * factor / Double(rows)) }
        return Tensor([rows, columns]) { dx in
          for r in 0..<rows {
            row.withUnsafeBufferPointer { source in
              guard let base = source.baseAddress else { return }
              (dx + r * columns).update(from: base, count: columns)
            }
          }
        }
      }
      return [spread(m, -1), spread(n, 1)]
    }
  }

  /// The sum of a Gaussian kernel over all pairs of rows.
  ///
  ///     y = sum_ij exp(-||a_i - b_j||^2 / sigma^2)
  ///
  /// - Parameters:
  ///   - a: `[M, C]`.
  ///   - b: `[N, C]`.
  ///   - sigma: above 0.
  ///   - skipsDiagonal: whether pairs of a row with its own number do not count.
  /// - Returns: a scalar.
  package func gaussianSum(
    _ a: Variable, _ b: Variable, sigma: Double, skipsDiagonal: Bool = false
  ) -> Variable {
    precondition(sigma > 0, "gaussian sum: sigma \(sigma)")
    let distances = pairwiseSquaredDistances(a, b)
    let columns = distances.shape[1]
    let rate = 1 / (sigma * sigma)
    var kernel = distances.value.values.map { exp(-Double($0) * rate) }
    if skipsDiagonal {
      for i in 0..<min(distances.shape[0], columns) { kernel[i * columns + i] = 0 }
    }
    let (values, shape) = (kernel, distances.shape)
    return record(Tensor(scalar: Float(kernel.reduce(0, +))), from: [distances]) { gradient in
      let factor = -Double(gradient.item) * rate
      return [Tensor(values.map { Float($0 * factor) }, shape: shape)]
    }
  }

  /// The transport cost of the CFR reference code, whose plan counts as a constant on the way back.
  ///
  /// One slack row and one slack column of cost max(M) let half of the mass stay; with
  /// `K = exp(-(10 / mean M) M) + 1e-6` and ten iterations the value is 2 <P, M>. It is not the
  /// value of ``sinkhorn(cost:epsilon:iterations:gradient:)``.
  ///
  ///     row marginals    1/(2m), ..., 1/2        column marginals 1/(2n), ..., 1/2
  ///     u = 1 / (diag(1/a) K (b / (K^T u)))      ten times, then v = b / (K^T u), P = u K v
  ///
  /// - Parameter cost: M, `[m, n]`.
  /// - Returns: a scalar.
  package func officialTransport(cost: Variable) -> Variable {
    let (m, n) = (cost.shape[0], cost.shape[1])
    let values = cost.value.values.map(Double.init)
    let rate = 10 / (values.reduce(0, +) / Double(values.count))
    let slack = values.max() ?? 0
    let (rows, columns) = (m + 1, n + 1)
    var full = [Double](repeating: slack, count: rows * columns)
    for i in 0..<m { for j in 0..<n { full[i * columns + j] = values[i * n + j] } }
    full[m * columns + n] = 0
    let kernel = full.map { exp(-rate * $0) + 1e-6 }
    let rowMass = (0..<rows).map { $0 < m ? 0.5 / Double(m) : 0.5 }
    let columnMass = (0..<columns).map { $0 < n ? 0.5 / Double(n) : 0.5 }
    func columnFactors(_ u: [Double]) -> [Double] {
      (0..<columns).map { j in
        columnMass[j] / (0..<rows).reduce(0) { $0 + kernel[$1 * columns + j] * u[$1] }
      }
    }
    var u = rowMass
    for _ in 0..<10 {
      let v = columnFactors(u)
      u = (0..<rows).map { i in
        rowMass[i] / (0..<columns).reduce(0) { $0 + kernel[i * columns + $1] * v[$1] }
      }
    }
    let v = columnFactors(u)
    var (value, plan) = (0.0, [Double](repeating: 0, count: m * n))
    for i in 0..<rows {
      for j in 0..<columns {
        let mass = u[i] * kernel[i * columns + j] * v[j]
        value += 2 * mass * full[i * columns + j]
        if i < m, j < n { plan[i * n + j] = 2 * mass }
      }
    }
    let (slope, shape) = (plan, cost.shape)
    return record(Tensor(scalar: Float(value)), from: [cost]) { gradient in
      let factor = Double(gradient.item)
      return [Tensor(slope.map { Float($0 * factor) }, shape: shape)]
    }
  }
}

extension Tensor {
  /// The mean of each column of a matrix, summed in float64.
  fileprivate var columnMeans: [Double] {
    let (rows, columns) = (shape[0], shape[1])
    return withUnsafeFloats { x in
      [Double](unsafeUninitializedCapacity: columns) { sums, count in
        for c in 0..<columns { sums.initializeElement(at: c, to: 0) }
        for r in 0..<rows { for c in 0..<columns { sums[c] += Double(x[r * columns + c]) } }
        for c in 0..<columns { sums[c] /= Double(rows) }
        count = columns
      }
    }
  }
}
