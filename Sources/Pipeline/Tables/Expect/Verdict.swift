/// How an expectation came out.
package enum Verdict: String, Sendable, CaseIterable {
  case pass, fail
  /// The seeds do not agree.
  case inconclusive
  /// It is not judged at this profile, or compares with a number of another data set.
  case notApplicable = "not-applicable"
  /// A selector matches nothing, or a cell has no value: counts as a failure.
  case missing

  /// "shown", "not shown": what it means for the claim.
  package var wording: String {
    switch self {
    case .pass: "shown"
    case .fail: "not shown"
    case .inconclusive: "inconclusive"
    case .notApplicable: "not judged"
    case .missing: "not shown (missing)"
    }
  }
}

/// An expectation with its verdict and the numbers behind it.
package struct ExpectationResult: Sendable, Hashable {
  package let id: String
  package let claim: String
  package let level: Expectation.Level
  package let verdict: Verdict
  /// Our number as a sentence part: "88.26", or "88.26 against 19.30 (68.96 more)".
  package let ours: String
  /// What must hold: "at least 10 more".
  package let required: String
  /// The paper's numbers: "92.77 against 10.61 (abstract)", "not applicable (fashion_mnist)", or
  /// empty when it states none.
  package let paper: String
  /// The numbers that it looks at: one, or the two sides of a comparison.
  package let sides: [Side]
  /// The number that decides against its bounds; `nil` without a number.
  package let gauge: Gauge?
  /// Distance to the bound in table units, positive when it holds; `nil` without a number.
  package let margin: Double?
  /// The number per seed (the difference, for a comparison); empty when nothing is averaged.
  package let seedValues: [Double]
  /// Why it is missing, inconclusive or not judged; empty otherwise.
  package let remark: String

  /// One number beside the paper's, in table units.
  package struct Side: Sendable, Hashable {
    /// The cells it is read from, as the specification writes them.
    package let cells: String
    /// `nil` when the cells have no value.
    package let ours: Double?
    /// `nil` when the paper states none, or states it for another data set.
    package let paper: Double?
    package let numbers: NumberStyle
  }

  /// What is compared with the bounds: the number, or how much one side exceeds the other in the
  /// direction of the claim. ``seedValues`` are of the same kind.
  package struct Gauge: Sendable, Hashable {
    package let value: Double
    /// Least accepted value, if there is one.
    package let lower: Double?
    /// Greatest accepted value, if there is one.
    package let upper: Double?
    /// The paper's value.
    package let paper: Double?
  }

  /// Whether it makes the run end with exit code 4.
  package func failsRun(isStrict: Bool = false) -> Bool {
    guard level == .error else { return false }
    return verdict == .fail || verdict == .missing || (isStrict && verdict == .inconclusive)
  }
}
