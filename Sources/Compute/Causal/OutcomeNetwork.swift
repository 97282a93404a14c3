/// A small network for outcomes: a shared representation and one head for each arm.
///
/// Two heads are TARNet, CFR and, with a propensity head, DragonNet; one head is a plain
/// regression. All hidden layers are ELU.
///
///     Phi = unit rows of f(... f(x W1 + b1) ...),   p_k = head_k(Phi),   z = Phi w + b
///
/// - Source: Shalit, Johansson & Sontag 2017; Shi, Blei & Veitch 2019.
package final class OutcomeNetwork {
  package struct Configuration: Sendable, Equatable {
    /// Columns of x.
    package var inputs: Int
    /// Widths of the shared layers; may be empty.
    package var representation: [Int]
    /// Widths of the hidden layers of a head; may be empty.
    package var head: [Int]
    /// 1, or 2: one for each arm.
    package var heads: Int
    /// Whether one linear unit on the representation gives the logit of the propensity.
    package var hasPropensity: Bool
    /// Whether the rows of the representation are scaled to unit length.
    package var isNormalised: Bool
    /// First weights are normal with deviation `initialScale / sqrt(fan in)`.
    package var initialScale: Double

    package init(
      inputs: Int, representation: [Int], head: [Int], heads: Int, hasPropensity: Bool = false,
      isNormalised: Bool = true, initialScale: Double = 0.1
    ) {
      precondition(
        inputs >= 1 && (1...2).contains(heads) && (representation + head).allSatisfy { $0 >= 1 },
        "outcome network: \(inputs) inputs, layers \(representation) and \(head), \(heads) heads")
      self.inputs = inputs
      self.representation = representation
      self.head = head
      self.heads = heads
      self.hasPropensity = hasPropensity
      self.isNormalised = isNormalised
      self.initialScale = initialScale
    }
  }

  package let configuration: Configuration
  package let parameters: ParameterArena
  private let shared: [Projection]
  private let heads: [[Projection]]
  private let propensity: Projection?
  /// Epsilon of the targeted regularisation, `[1]`, 0 at first.
  let fluctuation: ParameterLayout.Entry
  /// The weights that weight decay acts on: a representation of unit rows has no size to shrink.
  let headWeights: [ParameterLayout.Entry]

  package init(_ configuration: Configuration, seed: UInt64) {
    var layout = ParameterLayout()
    func chain(_ name: String, from inputs: Int, _ widths: [Int]) -> [Projection] {
      zip([inputs] + widths, widths).enumerated().map { index, widths in
        Projection(
          "\(name).\(index)", from: widths.0, to: widths.1, hasBias: true,
          deviation: configuration.initialScale / Double(widths.0).squareRoot(), layout: &layout)
      }
    }
    let shared = chain("shared", from: configuration.inputs, configuration.representation)
    let width = configuration.representation.last ?? configuration.inputs
    let heads = (0..<configuration.heads).map {
      chain("head\($0)", from: width, configuration.head + [1])
    }
    propensity =
      configuration.hasPropensity ? chain("propensity", from: width, [1]).first : nil
    fluctuation = layout.add("fluctuation", [1], .zeros)
    headWeights = heads.flatMap { $0.map(\.weight) } + [propensity?.weight].compactMap { $0 }
    (self.configuration, self.shared, self.heads) = (configuration, shared, heads)
    parameters = ParameterArena(layout, seed: seed)
  }

  /// What one pass gives.
  struct Output {
    /// `[N, width]`.
    let representation: Variable
    /// `[N, 1]`: of each row the prediction of its own arm's head.
    let factual: Variable
    /// `[N, 1]`.
    let propensity: Variable?
  }

  /// Factual predictions of rows that are ordered by arm.
  ///
  /// - Parameters:
  ///   - x: `[N, inputs]`, the first `boundary` rows for head 0, the others for head 1.
  ///   - boundary: in 0...N; N where there is one head.
  ///   - tape: where it is recorded.
  /// - Returns: the predictions with what they came from.
  func callAsFunction(_ x: Variable, boundary: Int, on tape: Tape) -> Output {
    let count = x.shape[0]
    let phi = representation(x, on: tape)
    let factual =
      heads.count == 1
      ? predict(phi, head: 0, on: tape)
      : tape.stacked(
        predict(tape.rows(phi, 0..<boundary), head: 0, on: tape),
        predict(tape.rows(phi, boundary..<count), head: 1, on: tape))
    return Output(
      representation: phi, factual: factual,
      propensity: propensity.map { $0(phi, parameters, tape) }
    )
  }

  /// Predictions of every head for every row of x, `[N, inputs]`, and the logits of the propensity,
  /// if it has a head.
  package func predictions(_ x: Tensor, lanes: Lanes) -> (heads: [[Float]], logits: [Float]?) {
    let tape = Tape(lanes: lanes, isRecording: false)
    let phi = representation(.constant(x), on: tape)
    return (
      heads.indices.map { predict(phi, head: $0, on: tape).value.values },
      propensity.map { $0(phi, parameters, tape).value.values }
    )
  }

  /// Epsilon of the targeted regularisation, in units of the outcome it was trained on.
  package var epsilon: Double { Double(parameters.value(of: fluctuation).item) }

  private func representation(_ x: Variable, on tape: Tape) -> Variable {
    let phi = shared.reduce(x) { $1($0, .elu, isGated: false, parameters, tape) }
    return configuration.isNormalised ? tape.unitRows(phi) : phi
  }

  private func predict(_ phi: Variable, head: Int, on tape: Tape) -> Variable {
    let layers = heads[head]
    let hidden = layers.dropLast().reduce(phi) { $1($0, .elu, isGated: false, parameters, tape) }
    return layers[layers.count - 1](hidden, parameters, tape)
  }
}
