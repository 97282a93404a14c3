/// What a specification declares by name, as far as it can be read, for those who complete words.
package struct SpecNames: Sendable {
  package let profiles: [String]
  package let stages: [String]
}

extension SpecLoader {
  /// The names in a file; of one with mistakes those that are sound.
  package func names(in file: String) -> SpecNames {
    let spec = Spec(file: file, reader: reader, DiagnosticCollector())
    return SpecNames(profiles: spec.profiles.map(\.name), stages: spec.stageNames)
  }
}
