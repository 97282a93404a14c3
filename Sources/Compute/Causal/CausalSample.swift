/// Units as estimators see them: covariates, a binary treatment, a factual outcome. There is no
/// place here for a counterfactual.
package struct CausalSample: Sendable {
  /// `[N, D]`.
  package var x: Tensor
  /// 0 or 1.
  package var treatment: [UInt8]
  package var outcome: [Float]

  /// - Precondition: equal counts.
  package init(x: Tensor, treatment: [UInt8], outcome: [Float]) {
    precondition(
      x.shape.rank == 2 && x.shape[0] == treatment.count && outcome.count == treatment.count,
      "causal sample: x \(x.shape), \(treatment.count) treatments, \(outcome.count) outcomes")
    self.x = x
    self.treatment = treatment
    self.outcome = outcome
  }

  package var count: Int { treatment.count }

  /// Whether outcomes are 0 and 1 only.
  package var isBinary: Bool { Self.areBinary(outcome) }

  package static func areBinary(_ outcomes: some Sequence<Float>) -> Bool {
    outcomes.allSatisfy { $0 == 0 || $0 == 1 }
  }

  /// The untreated and the treated among some rows, in their order.
  package func arms(_ rows: [Int]) -> [[Int]] {
    [rows.filter { treatment[$0] == 0 }, rows.filter { treatment[$0] == 1 }]
  }

  /// Rows in random parts, each arm in equal shares; parts ascend.
  ///
  /// Copies of a row, as a bootstrap draws them, stay in one part: what is fitted to one part must
  /// not meet its own units in another.
  package func folds(_ rows: [Int], count: Int, seed: UInt64, purpose: String) -> [[Int]] {
    var part: [Int: Int] = [:]
    for (arm, members) in arms(rows.distinct).enumerated() {
      var random = RandomStream.generator(seed: seed, purpose: purpose, arm)
      for (place, index) in random.permutation(members.count).enumerated() {
        part[members[index]] = place % count
      }
    }
    var parts = [[Int]](repeating: [], count: count)
    for row in rows.sorted() { parts[part[row] ?? 0].append(row) }
    return parts
  }

  /// Propensities of some rows from a logistic line through others.
  func propensities(fittedOn fitted: [Int], of rows: [Int]) -> [Double] {
    let line = LeastSquares.logisticLine(
      covariates(fitted), fitted.map { Double(treatment[$0]) })
    return covariates(rows).map { LeastSquares.logistic(line($0)) }
  }

  /// Rows of x in float64.
  package func covariates(_ rows: [Int]) -> [[Double]] {
    let columns = x.shape[1]
    return x.withUnsafeFloats { x in
      rows.map { row in (0..<columns).map { Double(x[row * columns + $0]) } }
    }
  }

  /// The same with every column that is not 0/1 shifted and scaled to mean 0 and deviation 1 over
  /// the given rows; a column that is constant there becomes 0.
  ///
  /// Test rows take no part in the scale.
  package func standardised(by rows: [Int]) -> CausalSample {
    var copy = self
    let columns = x.shape[1]
    let count = self.count
    copy.x.withUnsafeMutableFloats { x in
      for column in 0..<columns {
        let values = rows.map { Double(x[$0 * columns + column]) }
        if values.allSatisfy({ $0 == 0 || $0 == 1 }) { continue }
        let scale = OutcomeScale(values)
        for row in 0..<count {
          x[row * columns + column] = Float(scale.scaled(Double(x[row * columns + column])))
        }
      }
    }
    return copy
  }

  /// Adds a covariate.
  ///
  /// - Precondition: one value for each unit.
  package mutating func append(_ column: [Float]) {
    precondition(column.count == count, "causal sample: \(column.count) values, \(count) units")
    x = withColumn { column[$0] }
  }

  /// x with the treatment as one more column, of all rows set to a value if one is given.
  func withTreatmentColumn(_ fixed: Float? = nil) -> Tensor {
    withColumn { fixed ?? Float(treatment[$0]) }
  }

  private func withColumn(_ value: (Int) -> Float) -> Tensor {
    let columns = x.shape[1]
    return Tensor([count, columns + 1]) { target in
      x.withUnsafeFloats { x in
        for row in 0..<count {
          let start = target + row * (columns + 1)
          start.update(from: x + row * columns, count: columns)
          start[columns] = value(row)
        }
      }
    }
  }
}

extension Array where Element: Hashable {
  /// Each element once, where it first comes.
  package var distinct: [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}

/// Mean and deviation of a sample; a constant has deviation 1.
struct OutcomeScale {
  let mean: Double
  let deviation: Double

  static let identity = OutcomeScale(mean: 0, deviation: 1)

  private init(mean: Double, deviation: Double) {
    (self.mean, self.deviation) = (mean, deviation)
  }

  init(_ sample: [Double]) {
    mean = Summary.mean(sample) ?? 0
    let deviation = Summary.deviation(sample) ?? 0
    self.deviation = deviation > 0 ? deviation : 1
  }

  func scaled(_ value: Double) -> Double { (value - mean) / deviation }
  func restored(_ value: Double) -> Double { value * deviation + mean }
}
