import Foundation

/// What the gradient of an entropic transport cost follows.
package enum SinkhornGradient: Sendable {
  /// All iterations: the exact derivative of the number that is computed.
  case unrolled
  /// The plan held constant: dM = P, which is the derivative of the unregularised cost by the
  /// envelope theorem.
  case plan
}

extension Tape {
  /// The cost of moving one set of points onto another with uniform weights, made smooth by an
  /// entropy term (Sinkhorn).
  ///
  ///     f_i = eps ln(1/m) - eps ln sum_j e^((g_j - M_ij) / eps)       rows first, from g = 0
  ///     g_j = eps ln(1/n) - eps ln sum_i e^((f_i - M_ij) / eps)
  ///     P_ij = e^((f_i + g_j - M_ij) / eps),   value = sum_ij P_ij M_ij
  ///
  /// Everything is float64 in the log domain, so that a small eps neither overflows nor vanishes.
  ///
  /// - Parameters:
  ///   - cost: M, `[m, n]`, both at least 1.
  ///   - epsilon: weight of the entropy, in units of the cost; nil for a tenth of the mean of
  ///     |M|, taken as a constant.
  ///   - iterations: updates of both potentials, at least 1.
  ///   - gradient: what the way back follows.
  /// - Returns: the scalar cost.
  /// - Source: Cuturi 2013; Shalit, Johansson & Sontag 2017 for its use as a distance of
  ///   representations.
  package func sinkhorn(
    cost: Variable, epsilon: Double? = nil, iterations: Int = 10,
    gradient: SinkhornGradient = .unrolled
  ) -> Variable {
    precondition(
      cost.shape.rank == 2 && cost.shape.count > 0 && iterations >= 1 && (epsilon ?? 1) > 0,
      "sinkhorn: cost \(cost.shape), epsilon \(epsilon ?? 1), \(iterations) iterations")
    let transport = Transport(cost.value, epsilon: epsilon, iterations: iterations)
    let shape = cost.shape
    return record(Tensor(scalar: Float(transport.value)), from: [cost]) { upstream in
      let derivative = gradient == .plan ? transport.plan : transport.unrolledGradient()
      let factor = Double(upstream.item)
      return [Tensor(derivative.map { Float($0 * factor) }, shape: shape)]
    }
  }
}

/// One solved transport problem with the potentials of every iteration.
private struct Transport {
  private let m: Int
  private let n: Int
  private let cost: [Double]
  private let epsilon: Double
  /// After 0, 1, ... iterations; those of the rows have no value before the first.
  private var rowPotentials: [[Double]] = [[]]
  private var columnPotentials: [[Double]]

  init(_ cost: Tensor, epsilon: Double?, iterations: Int) {
    (m, n) = (cost.shape[0], cost.shape[1])
    let values = cost.values.map(Double.init)
    self.cost = values
    // A cost of 0 everywhere has no scale: any epsilon gives the same plan.
    let mean = values.reduce(0) { $0 + abs($1) } / Double(values.count)
    self.epsilon = epsilon ?? (mean == 0 ? 1 : mean / 10)
    columnPotentials = [[Double](repeating: 0, count: n)]
    for iteration in 0..<iterations {
      rowPotentials.append(rowUpdate(columnPotentials[iteration]))
      columnPotentials.append(columnUpdate(rowPotentials[iteration + 1]))
    }
  }

  private func rowUpdate(_ g: [Double]) -> [Double] {
    (0..<m).map { i in
      potential(count: n) { j in (g[j] - cost[i * n + j]) / epsilon } - epsilon * log(Double(m))
    }
  }

  private func columnUpdate(_ f: [Double]) -> [Double] {
    (0..<n).map { j in
      potential(count: m) { i in (f[i] - cost[i * n + j]) / epsilon } - epsilon * log(Double(n))
    }
  }

  /// -eps ln sum e^term, with the largest term taken out.
  private func potential(count: Int, _ term: (Int) -> Double) -> Double {
    var largest = -Double.infinity
    for index in 0..<count { largest = max(largest, term(index)) }
    var sum = 0.0
    for index in 0..<count { sum += exp(term(index) - largest) }
    return -epsilon * (largest + log(sum))
  }

  /// The plan that belongs to two potentials.
  private func plan(_ f: [Double], _ g: [Double]) -> [Double] {
    var plan = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n { plan[i * n + j] = exp((f[i] + g[j] - cost[i * n + j]) / epsilon) }
    }
    return plan
  }

  /// P, `[m, n]`: its columns sum to 1/n, its rows nearly to 1/m.
  var plan: [Double] {
    plan(rowPotentials[rowPotentials.count - 1], columnPotentials[columnPotentials.count - 1])
  }

  var value: Double { zip(plan, cost).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The derivative of `value` by the cost, through all iterations.
  ///
  /// With weights that sum to 1 over the terms of each update, a potential changes by minus their
  /// mean of the other potential's change, and by their mean of the cost's.
  func unrolledGradient() -> [Double] {
    var gradient = plan
    var (rows, columns) = ([Double](repeating: 0, count: m), [Double](repeating: 0, count: n))
    for i in 0..<m {
      for j in 0..<n {
        let change = gradient[i * n + j] * cost[i * n + j] / epsilon
        gradient[i * n + j] -= change
        rows[i] += change
        columns[j] += change
      }
    }
    for step in stride(from: rowPotentials.count - 1, to: 0, by: -1) {
      let columnWeights = plan(rowPotentials[step], columnPotentials[step])
      for i in 0..<m {
        for j in 0..<n {
          let change = columns[j] * columnWeights[i * n + j] * Double(n)
          gradient[i * n + j] += change
          rows[i] -= change
        }
      }
      let rowWeights = plan(rowPotentials[step], columnPotentials[step - 1])
      columns = [Double](repeating: 0, count: n)
      for i in 0..<m {
        for j in 0..<n {
          let change = rows[i] * rowWeights[i * n + j] * Double(m)
          gradient[i * n + j] += change
          columns[j] -= change
        }
      }
      rows = [Double](repeating: 0, count: m)
    }
    return gradient
  }
}
