/// A claim as data (`expect:`): what must hold among the cells of the views, and what the paper says.
package struct Expectation: Sendable {
  package enum Level: String, Sendable, CaseIterable { case error, warn, info }
  /// How seeds support a claim: by their mean, each of them, each paired difference, or the 95 %
  /// interval of their mean, by Student's t or by drawing seeds again.
  package enum Seeds: String, Sendable, CaseIterable { case mean, all, paired, ci95, bootstrap }
  /// What stands between two neighbours of an ordering; both are strict.
  package enum Relation: String, Sendable, CaseIterable { case greater = ">", less = "<" }

  /// What is asserted; table units (after the view's `scale`).
  package enum Condition: Sendable {
    case within(CellExpression, target: Double, absolute: Double?, relative: Double?)
    case atLeast(CellExpression, Double)
    case atMost(CellExpression, Double)
    case between(CellExpression, ClosedRange<Double>)
    case equals(CellExpression, Double)
    case greaterBy(left: CellExpression, right: CellExpression, Double)
    case lessBy(left: CellExpression, right: CellExpression, Double)
    /// One relation fewer than expressions.
    case order([CellExpression], [Relation])
    case noWorseThan(CellExpression, BaselineBound)
  }

  /// `better: higher`, where a column does not declare it.
  package enum Better: String, Sendable, CaseIterable {
    case higher, lower

    var prefersHigher: Bool { self == .higher }
  }

  /// How much worse than in a baseline a number may be.
  package struct BaselineBound: Sendable, Hashable {
    /// The file; empty for the experiment's own.
    package let file: String
    package let absolute: Double
    package let relative: Double
    package let prefersHigher: Bool

    package init(file: String, absolute: Double, relative: Double, prefersHigher: Bool) {
      self.file = file
      self.absolute = absolute
      self.relative = relative
      self.prefersHigher = prefersHigher
    }

    func tolerance(_ reference: Double) -> Double { max(absolute, relative * abs(reference)) }
  }

  /// The paper's own numbers, shown beside ours even where nothing is asserted.
  package struct PaperValue: Sendable {
    package let value: Double?
    package let left: Double?
    package let right: Double?
    /// Where it is printed ("abstract").
    package let source: String
    /// The data set the numbers belong to; empty when they belong to any.
    package let dataset: String

    package init(
      value: Double?, left: Double?, right: Double?, source: String, dataset: String
    ) {
      self.value = value
      self.left = left
      self.right = right
      self.source = source
      self.dataset = dataset
    }
  }

  package let id: String
  package let claim: String
  package let condition: Condition
  package let paper: PaperValue?
  package let seeds: Seeds
  package let level: Level
  /// Profiles in which it is judged; empty means all.
  package let profiles: [String]
  package let location: SourceLocation
  /// The axis that a change from outside narrowed so far that a cell of the claim is not there; such
  /// a claim is not judged.
  package var narrowedAxis: String?

  package init(
    id: String, claim: String, condition: Condition, paper: PaperValue?, seeds: Seeds,
    level: Level, profiles: [String], location: SourceLocation
  ) {
    self.id = id
    self.claim = claim
    self.condition = condition
    self.paper = paper
    self.seeds = seeds
    self.level = level
    self.profiles = profiles
    self.location = location
  }
}
