/// The trials of a search over parameters: a pure function of its dimensions and its seed.
///
/// A trial is an ordinary run; the point of trial `i` depends on (seed, i) and on nothing else, so
/// a search that is interrupted and started again proposes the same points, and a longer one
/// begins with those of a shorter one.
package struct Sweep: Sendable {
  package enum Strategy: String, Sendable, CaseIterable {
    /// Every combination of the values, the last dimension changing fastest.
    case grid
    /// Independent draws, each value of a dimension equally likely.
    case random
  }

  package let strategy: Strategy
  /// Those that vary.
  package let dimensions: [SweepDimension]
  package let seed: Int
  /// By trial, one value for each dimension.
  package let points: [[String]]

  private static let trialLimit = 10_000

  /// - Parameters:
  ///   - strategy: how points are chosen.
  ///   - dimensions: what varies.
  ///   - trials: how many; `nil` is the whole grid, or 20 draws.
  ///   - seed: of the draws.
  /// - Throws: ``Diagnostic`` when nothing varies, a name stands twice, a range has no grid, or
  ///   there are too many trials.
  package init(
    _ strategy: Strategy, _ dimensions: [SweepDimension], trials: Int?, seed: Int
  ) throws(Diagnostic) {
    self.strategy = strategy
    self.dimensions = dimensions
    self.seed = seed
    for (index, dimension) in dimensions.enumerated()
    where dimensions[..<index].contains(where: { $0.name == dimension.name }) {
      throw SweepDimension.refusal(dimension.text, "names '\(dimension.name)' again", "remove one")
    }
    guard !dimensions.isEmpty else {
      throw Diagnostic(
        at: SourceLocation(whole: SourceLocation.commandLine), "nothing varies in this sweep",
        why: "each trial would be the same run", fix: "give a parameter several values: lr=0.1,0.2")
    }
    switch strategy {
    case .grid: points = try Self.grid(dimensions, trials: trials ?? .max)
    case .random:
      points = (0..<min(trials ?? 20, Self.trialLimit)).map { trial in
        dimensions.map { $0.value(at: Self.share(seed: seed, trial: trial, name: $0.name)) }
      }
    }
  }

  private static func grid(
    _ dimensions: [SweepDimension], trials: Int
  ) throws(Diagnostic) -> [[String]] {
    var points: [[String]] = [[]]
    for dimension in dimensions {
      let values = try dimension.grid()
      guard points.count * values.count <= trialLimit else {
        throw Diagnostic(
          at: SourceLocation(whole: SourceLocation.commandLine),
          "the grid has more than \(trialLimit) points",
          why: "each value multiplies the trials",
          fix: "give fewer values, or use --strategy random --trials N")
      }
      points = points.flatMap { point in values.map { point + [$0] } }
    }
    return Array(points.prefix(trials))
  }

  /// A number from 0 up to 1, by counter: a hash of who asks.
  static func share(seed: Int, trial: Int, name: String) -> Double {
    let digits = SHA256.hex(of: "sweep 1|\(seed)|\(trial)|\(name)").prefix(13)
    return Double(UInt64(digits, radix: 16) ?? 0) / Double(1 << 52)
  }

  /// The overrides of a trial.
  package func overrides(of trial: Int) -> [String] {
    zip(dimensions, points[trial]).map { "\($0.name)=\($1)" }
  }

  /// A name for the search that the same request has again, whatever the number of trials.
  ///
  /// - Parameter context: what else the trials depend on, such as specification and profile.
  /// - Returns: `grid-1a2b3c4d`.
  package func name(in context: [String]) -> String {
    let parts = context + dimensions.map(\.text) + ["\(seed)"]
    let hash = SHA256.hex(of: Value.list(parts.map(Value.string)).canonicalJSON)
    return "\(strategy.rawValue)-\(hash.prefix(8))"
  }
}
