/// Moves parameters against their gradients.
///
/// `SGD` and `Adam` keep their moments in blocks of the arena's layout, so one step is one pass
/// over the block.
package protocol Optimiser {
  /// One update from the arena's gradients, which stay as they are.
  ///
  /// - Parameters:
  ///   - arena: parameters and gradients; always the same one for one optimiser.
  ///   - learningRate: step size of this step.
  ///   - lanes: cores to use.
  mutating func step(_ arena: ParameterArena, learningRate: Double, lanes: Lanes)
}
