import Compute
import Foundation
import Pipeline

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
      let written = file.metadata["roles"]?.split(separator: ",").map(String.init)
    else {
      throw refuse("the metadata names no causal data set", "a data set carries its identity")
    }
    let x = try file.floats("x")
    let count = x.shape.rank == 2 ? x.shape[0] : 0
    let roles = written.compactMap { Role(rawValue: $0) }
    guard x.shape.rank == 2, x.shape[1] == names.count, written.count == names.count,
      roles.count == written.count
    else {
      throw refuse(
        "x is \(x.shape) with \(names.count) names and \(written.count) roles",
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
    let columns = zip(names, roles).map { ColumnInfo($0, $1) }
    self.init(
      name: name, hash: hash, columns: columns, x: x,
      treatment: try checked("t", try file.bytes("t").values), outcome: try floats("y"))
    if file.entries["mu0"] != nil { truth = (try floats("mu0"), try floats("mu1")) }
    if file.entries["cluster"] != nil { cluster = try checked("cluster", file.integers("cluster")) }
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
}
