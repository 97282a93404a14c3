import Foundation

/// Weighted linear and logistic regression with an intercept, in float64.
package enum LeastSquares {
  /// Coefficients of a linear predictor: the intercept, then one for each column.
  package struct Line: Sendable, Equatable {
    package let coefficients: [Double]

    package init(coefficients: [Double]) { self.coefficients = coefficients }

    /// `b0 + sum_c b_c x_c`.
    package func callAsFunction(_ row: [Double]) -> Double {
      var sum = coefficients[0]
      for (index, value) in row.enumerated() { sum += coefficients[index + 1] * value }
      return sum
    }
  }

  /// The line of least weighted squared error.
  ///
  /// A column that the others already determine (a pivot below 1e-10 of its own size) gets the
  /// coefficient 0.
  ///
  /// - Parameters:
  ///   - rows: of equal length.
  ///   - targets: one for each row.
  ///   - weights: at least 0, one for each row; nil for 1.
  ///   - ridge: added to the diagonal, the intercept's excepted.
  /// - Returns: the line.
  package static func line(
    _ rows: [[Double]], _ targets: [Double], weights: [Double]? = nil, ridge: Double = 0
  ) -> Line {
    precondition(
      rows.count == targets.count && !rows.isEmpty,
      "least squares: \(rows.count) rows, \(targets.count) targets")
    let size = rows[0].count + 1
    var (matrix, right) = (
      [Double](repeating: 0, count: size * size), [Double](repeating: 0, count: size)
    )
    for (index, row) in rows.enumerated() {
      add(row, targets[index], weights?[index] ?? 1, to: &matrix, &right)
    }
    for column in 1..<max(1, size) { matrix[column * size + column] += ridge }
    return Line(coefficients: solve(&matrix, right))
  }

  /// The logistic line by iteratively reweighted least squares.
  ///
  /// - Parameters:
  ///   - rows: of equal length.
  ///   - targets: 0 or 1, one for each row.
  ///   - ridge: added to the diagonal of the information matrix and so to the loss as
  ///     `ridge ||b||^2 / 2`; it keeps separable data finite.
  /// - Returns: the line, whose values are logits.
  package static func logisticLine(
    _ rows: [[Double]], _ targets: [Double], ridge: Double = 1e-3
  ) -> Line {
    precondition(
      rows.count == targets.count && !rows.isEmpty,
      "logistic regression: \(rows.count) rows, \(targets.count) targets")
    let size = rows[0].count + 1
    var line = Line(coefficients: [Double](repeating: 0, count: size))
    for _ in 0..<50 {
      var matrix = [Double](repeating: 0, count: size * size)
      var right = [Double](repeating: 0, count: size)
      for (index, row) in rows.enumerated() {
        let z = line(row)
        let p = logistic(z)
        let weight = max(p * (1 - p), 1e-9)
        add(row, z + (targets[index] - p) / weight, weight, to: &matrix, &right)
      }
      for column in 1..<max(1, size) { matrix[column * size + column] += ridge }
      let next = Line(coefficients: solve(&matrix, right))
      let change = zip(next.coefficients, line.coefficients).reduce(0) { max($0, abs($1.0 - $1.1)) }
      line = next
      if change < 1e-10 { break }
    }
    return line
  }

  /// 1 / (1 + e^-z).
  package static func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

  private static func add(
    _ row: [Double], _ target: Double, _ weight: Double, to matrix: inout [Double],
    _ right: inout [Double]
  ) {
    let size = right.count
    right.withUnsafeMutableBufferPointer { right in
      matrix.withUnsafeMutableBufferPointer { matrix in
        row.withUnsafeBufferPointer { row in
          right[0] += weight * target
          matrix[0] += weight
          for i in 1..<size {
            let left = weight * row[i - 1]
            guard left != 0 else { continue }
            right[i] += left * target
            matrix[i * size] += left
            for j in 0..<i { matrix[i * size + 1 + j] += left * row[j] }
          }
        }
      }
    }
  }

  /// Solves a positive semidefinite system, whose lower triangle is given, by Cholesky.
  private static func solve(_ matrix: inout [Double], _ right: [Double]) -> [Double] {
    let size = right.count
    var isKept = [Bool](repeating: true, count: size)
    for j in 0..<size {
      let own = matrix[j * size + j]
      var pivot = own
      for k in 0..<j where isKept[k] { pivot -= matrix[j * size + k] * matrix[j * size + k] }
      isKept[j] = pivot > 1e-10 * own && pivot > 0
      guard isKept[j] else { continue }
      let root = pivot.squareRoot()
      matrix[j * size + j] = root
      for i in j + 1..<max(j + 1, size) {
        var sum = matrix[i * size + j]
        for k in 0..<j where isKept[k] { sum -= matrix[i * size + k] * matrix[j * size + k] }
        matrix[i * size + j] = sum / root
      }
    }
    var solution = right
    for i in 0..<size where isKept[i] {
      for k in 0..<i where isKept[k] { solution[i] -= matrix[i * size + k] * solution[k] }
      solution[i] /= matrix[i * size + i]
    }
    for i in stride(from: size - 1, through: 0, by: -1) where isKept[i] {
      for k in i + 1..<max(i + 1, size) where isKept[k] {
        solution[i] -= matrix[k * size + i] * solution[k]
      }
      solution[i] /= matrix[i * size + i]
    }
    for i in 0..<size where !isKept[i] { solution[i] = 0 }
    return solution
  }
}
