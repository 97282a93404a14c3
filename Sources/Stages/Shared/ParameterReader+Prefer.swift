import Pipeline

extension ParameterReader {
  /// The parameter `prefer`: sources in order of preference, at least one.
  ///
  /// - Parameters:
  ///   - fallback: its default.
  ///   - source: what one of them is, for the refusal of an empty list.
  ///   - help: of the parameter.
  /// - Returns: what was written, or the default.
  mutating func preference<Source>(
    default fallback: [Source], of source: String, help: String
  ) -> [Source] where Source: RawRepresentable<String> & CaseIterable {
    let chosen: [Source] = choices("prefer", default: fallback, help: help)
    if chosen.isEmpty {
      refuse(
        ParameterProblem(
          parameter: "prefer", what: "the list is empty", why: "one \(source) must be named",
          fix: "write prefer: [\(fallback.map(\.rawValue).joined(separator: ", "))]"))
    }
    return chosen
  }
}
