/// Rows of a step, those of arm 0 first.
struct OutcomeBatch {
  let x: Tensor
  let outcome: [Float]
  let weights: [Float]?
  /// Rows of arm 0.
  let boundary: Int

  init(_ rows: OutcomeTrainer.Rows, rows arms: [[Int]]) {
    let order = arms.flatMap { $0 }
    boundary = arms[0].count
    outcome = order.map { rows.outcome[$0] }
    weights = rows.weights.map { weights in order.map { weights[$0] } }
    x = rows.x.gathered(rows: order)
  }
}
