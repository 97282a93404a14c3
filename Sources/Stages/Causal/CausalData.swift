import Compute

/// Units with covariates, a binary treatment and an outcome, and what is known beside them: the
/// form of every `dataset` artifact that the causal stages read.
///
/// The file is safetensors. N units, D columns; what is optional may be absent.
///
/// | tensor | type, shape | holds |
/// |---|---|---|
/// | `x` | F32 `[N, D]` | columns, those of role `post` included |
/// | `t` | U8 `[N]` | treatment, 0 or 1 |
/// | `y` | F32 `[N]` | factual outcome |
/// | `mu0`, `mu1` | F32 `[N]`, optional | noiseless mean outcomes: the truth, where it is known |
/// | `cluster` | I32 `[N]`, optional | cluster of each unit (tract), from 0 |
/// | `place` | F32 `[N, 2]`, optional | where the unit lies, for spatial splits |
/// | `part` | U8 `[N]`, optional | 0 training, 1 validation, 2 test |
/// | `published` | U8 `[N]`, optional | 2 where the published split tests, else 0 |
/// | `randomised` | U8 `[N]`, optional | 1 for units of an experiment |
/// | `group.NAME` | U8 `[N]`, optional | index into the labels of that grouping, 255 for none |
///
/// Metadata: `dataset` and `hash` (identity), `columns` and `roles` (D comma-separated entries
/// each), `group.NAME` (comma-separated labels). Labels run from the worse off to the better off,
/// so that a gap is the first minus the last.
package struct CausalData: Sendable {
  /// What a column may be used for.
  package enum Role: String, Sendable {
    /// Fixed before the treatment: a covariate.
    case feature
    /// A possible consequence of the treatment; refused as a covariate.
    case post
    /// Fixed before the treatment but not a covariate: an outcome on which no treatment can act.
    case negative
  }

  package struct ColumnInfo: Sendable, Equatable {
    package let name: String
    package let role: Role

    package init(_ name: String, _ role: Role = .feature) {
      self.name = name
      self.role = role
    }
  }

  /// Units by a property of theirs that no treatment changes.
  package struct Grouping: Sendable, Equatable {
    package let name: String
    package let labels: [String]
    /// Index of the label of each unit; 255 for none.
    package let members: [UInt8]

    package init(name: String, labels: [String], members: [UInt8]) {
      self.name = name
      self.labels = labels
      self.members = members
    }
  }

  package enum Part: UInt8, Sendable { case train = 0, validation, test }

  /// Units that each arm needs.
  package static let leastArm = 20

  /// As tables show it.
  package let name: String
  /// SHA-256 over what the data were made of.
  package let hash: String
  package var columns: [ColumnInfo]
  /// `[N, D]`.
  package var x: Tensor
  package var treatment: [UInt8]
  package var outcome: [Float]
  package var truth: (mu0: [Float], mu1: [Float])?
  package var cluster: [Int32]?
  package var place: Tensor?
  package var part: [UInt8]?
  package var published: [UInt8]?
  package var randomised: [UInt8]?
  package var groupings: [Grouping] = []

  package init(
    name: String, hash: String, columns: [ColumnInfo], x: Tensor, treatment: [UInt8],
    outcome: [Float]
  ) {
    precondition(
      x.shape == [treatment.count, columns.count] && outcome.count == treatment.count,
      "causal data: x \(x.shape), \(treatment.count) treatments, \(outcome.count) outcomes")
    self.name = name
    self.hash = hash
    self.columns = columns
    self.x = x
    self.treatment = treatment
    self.outcome = outcome
  }

  package var count: Int { treatment.count }

  /// Whether the outcome takes the values 0 and 1 only.
  package var isBinary: Bool { CausalSample.areBinary(outcome) }

  /// Units of a part; all of them where the data are not split.
  package func rows(_ parts: Part...) -> [Int] {
    guard let part else { return Array(0..<count) }
    return part.indices.filter { row in parts.contains { $0.rawValue == part[row] } }
  }
}
