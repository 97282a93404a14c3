import Pipeline

/// The parameter `keep`: which areas of a map count.
struct KeepRule: Sendable {
  /// Column of the map, and the least value of an area that counts.
  let least: [String: Double]

  /// - Parameters:
  ///   - p: reads the parameter.
  ///   - help: what becomes of the others.
  init(_ p: inout ParameterReader, help: String) {
    let written = p.map("keep", default: [:], help: "column of the map: \(help)")
    least = written.compactMapValues(\.number)
    for (name, value) in written.sorted(by: { $0.key < $1.key }) where value.number == nil {
      p.refuse(
        ParameterProblem(
          parameter: "keep", what: "keep.\(name) is \(value.typeName): \(value.plainText)",
          why: "areas with less, or with an unknown value, are left out",
          fix: "write \(name): NUMBER"))
    }
  }
}
