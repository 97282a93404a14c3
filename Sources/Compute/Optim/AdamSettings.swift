/// The constants of `Adam`.
package struct AdamSettings: Sendable {
  package var beta1 = 0.9
  package var beta2 = 0.999
  /// Added to the root of the second moment (unit of the gradient).
  package var eps = 1e-8
  package var weightDecay = 0.0

  /// The usual constants.
  ///
  /// - Precondition: betas in 0 ..< 1, the others at least 0.
  package init(
    beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8, weightDecay: Double = 0
  ) {
    precondition(
      (0..<1).contains(beta1) && (0..<1).contains(beta2) && eps >= 0 && weightDecay >= 0,
      "adam: betas \(beta1), \(beta2), eps \(eps), weight decay \(weightDecay)")
    self.beta1 = beta1
    self.beta2 = beta2
    self.eps = eps
    self.weightDecay = weightDecay
  }
}
