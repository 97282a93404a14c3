import Compute
import Foundation
import Pipeline

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

extension CausalData {
  /// - Throws: ``StageFailure`` for a name with a comma, which separates names in the file.
  package func write(to url: URL) throws {
    try refuseCommas()
    var writer = SafeTensorsWriter()
    writer.metadata = [
      "dataset": name, "hash": hash, "columns": columns.map(\.name).joined(separator: ","),
      "roles": columns.map(\.role.rawValue).joined(separator: ","),
    ]
    writer.set("x", x)
    func set(_ name: String, _ bytes: [UInt8]?) {
      if let bytes { writer.set(name, ByteTensor(bytes, shape: [count])) }
    }
    set("t", treatment)
    set("part", part)
    set("published", published)
    set("randomised", randomised)
    writer.set("y", Tensor(outcome))
    if let truth {
      writer.set("mu0", Tensor(truth.mu0))
      writer.set("mu1", Tensor(truth.mu1))
    }
    if let cluster { writer.set("cluster", cluster, shape: [count]) }
    if let place { writer.set("place", place) }
    for grouping in groupings {
      set("group.\(grouping.name)", grouping.members)
      writer.metadata["group.\(grouping.name)"] = grouping.labels.joined(separator: ",")
    }
    try writer.write(to: url.path)
  }

  private func refuseCommas() throws {
    let names =
      columns.map { ("column", $0.name) }
      + groupings.flatMap { grouping in grouping.labels.map { ("group of \(grouping.name)", $0) } }
    for (what, name) in names where name.contains(",") {
      throw StageFailure(
        at: self.name, "\(what) '\(name)' has a comma in its name",
        why: "names are kept in one line, separated by commas", fix: "rename it in the source")
    }
  }

  /// Reads what ``write(to:)`` wrote, and refuses what no estimator could use.
  ///
  /// - Throws: ``StageFailure`` naming the row, column and value at fault; see ``check(at:)``.
  package init(reading url: URL) throws {
    let file = try SafeTensorsFile(reading: url.path)
    func refuse(_ what: String, _ why: String) -> StageFailure {
      StageFailure(
        at: url.lastPathComponent, what, why: why,
        fix: "use the output of causal.dataset, causal.split or crash.synth as this input")
    }
    guard let name = file.metadata["dataset"], let hash = file.metadata["hash"],
      let names = file.metadata["columns"]?.split(separator: ",").map(String.init),
      let roles = file.metadata["roles"]?.split(separator: ",").map({ Role(rawValue: String($0)) })
    else {
      throw refuse("the metadata names no causal data set", "a data set carries its identity")
    }
    let x = try file.floats("x")
    let count = x.shape.rank == 2 ? x.shape[0] : 0
    guard x.shape.rank == 2, x.shape[1] == names.count, roles.count == names.count,
      !roles.contains(nil)
    else {
      throw refuse(
        "x is \(x.shape) with \(names.count) names and \(roles.count) roles",
        "expected one name and one role, feature, post or negative, for each column")
    }
    func checked<Element>(_ name: String, _ values: [Element]) throws -> [Element] {
      guard values.count == count else {
        throw refuse("\(name) has \(values.count) values", "there are \(count) units")
      }
      return values
    }
    func bytes(_ name: String) throws -> [UInt8]? {
      guard file.entries[name] != nil else { return nil }
      return try checked(name, try file.bytes(name).values)
    }
    func floats(_ name: String) throws -> [Float] { try checked(name, file.floats(name).values) }
    let columns = zip(names, roles).map { ColumnInfo($0, $1 ?? .feature) }
    self.init(
      name: name, hash: hash, columns: columns, x: x,
      treatment: try checked("t", try file.bytes("t").values), outcome: try floats("y"))
    if file.entries["mu0"] != nil { truth = (try floats("mu0"), try floats("mu1")) }
    let hasClusters = file.entries["cluster"] != nil
    cluster = hasClusters ? try checked("cluster", try file.integers("cluster")) : nil
    if file.entries["place"] != nil { place = try file.floats("place") }
    guard place.map({ $0.shape == [count, 2] }) ?? true else {
      throw refuse("place is no [\(count), 2]", "expected two numbers for each unit")
    }
    (part, published, randomised) = (
      try bytes("part"), try bytes("published"), try bytes("randomised")
    )
    groupings = try Self.groupings(of: file) { try bytes($0) ?? [] }
    try check(at: url.lastPathComponent)
  }

  private static func groupings(
    of file: SafeTensorsFile, members: (String) throws -> [UInt8]
  ) throws -> [Grouping] {
    try file.entries.keys.filter { $0.hasPrefix("group.") }.sorted().map { key in
      let labels = (file.metadata[key] ?? "").split(separator: ",").map(String.init)
      let members = try members(key)
      guard !labels.isEmpty else {
        throw StageFailure(
          at: URL(filePath: file.path).lastPathComponent, "\(key) has no labels",
          why: "a group is known by its label",
          fix: "name every group in the metadata")
      }
      if let unit = members.firstIndex(where: { $0 != 255 && $0 >= labels.count }) {
        throw StageFailure(
          at: URL(filePath: file.path).lastPathComponent,
          "unit \(unit) is in group \(members[unit]) of \(key)",
          why: "it has \(labels.count) labels", fix: "name every group in the metadata")
      }
      return Grouping(
        name: String(key.dropFirst("group.".count)), labels: labels, members: members)
    }
  }

  /// Refuses data that no estimator could use.
  ///
  /// - Throws: ``StageFailure`` for a number that is not finite, a treatment other than 0 and 1,
  ///   fewer than 20 units in an arm, an outcome that is the same for all units, and a part that
  ///   does not exist.
  package func check(at place: String) throws {
    func refuse(_ what: String, _ why: String, _ fix: String) -> StageFailure {
      StageFailure(at: place, what, why: why, fix: fix)
    }
    if !columns.contains(where: { $0.role == .feature }) {
      throw refuse(
        "no column has role feature", "estimators adjust for covariates",
        "give at least one column that role")
    }
    let values = x.values
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw refuse(
        "unit \(index / columns.count), column \(columns[index % columns.count].name):"
          + " \(values[index])",
        "estimators need a number in every cell", "drop the unit or impute the value")
    }
    if let unit = outcome.firstIndex(where: { !$0.isFinite }) {
      throw refuse(
        "unit \(unit): outcome \(outcome[unit])", "estimators need a number for every unit",
        "drop the unit")
    }
    if let unit = treatment.firstIndex(where: { $0 > 1 }) {
      throw refuse(
        "unit \(unit): treatment \(treatment[unit])", "a treatment is 0 or 1",
        "code the compared states as 0 and 1")
    }
    let treated = treatment.reduce(0) { $0 + Int($1) }
    if min(treated, count - treated) < Self.leastArm {
      throw refuse(
        "\(treated) treated and \(count - treated) untreated units",
        "each arm needs at least \(Self.leastArm)",
        "use more data, or a treatment that more units differ in")
    }
    if Set(outcome).count == 1 {
      throw refuse(
        "all \(count) outcomes are \(outcome[0])", "a constant has no effect to estimate",
        "use another outcome")
    }
    if let unit = part?.firstIndex(where: { $0 > Part.test.rawValue }) {
      throw refuse(
        "unit \(unit): part \(part?[unit] ?? 0)", "0 is training, 1 validation, 2 test",
        "split with causal.split")
    }
  }
}
