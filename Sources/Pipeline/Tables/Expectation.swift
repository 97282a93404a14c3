/// A claim as data (`expect:`): what must hold among the cells of the views, and what the paper says.
package struct Expectation: Sendable {
  package enum Level: String, Sendable, CaseIterable { case error, warn, info }
  /// How seeds support a claim: by their mean, each of them, or each paired difference.
  package enum Seeds: String, Sendable, CaseIterable { case mean, all, paired }

  /// What is asserted; table units (after the view's `scale`).
  package enum Condition: Sendable {
    case within(CellExpression, target: Double, absolute: Double?, relative: Double?)
    case atLeast(CellExpression, Double)
    case atMost(CellExpression, Double)
    case between(CellExpression, ClosedRange<Double>)
    case equals(CellExpression, Double)
    case greaterBy(left: CellExpression, right: CellExpression, Double)
    case lessBy(left: CellExpression, right: CellExpression, Double)
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
