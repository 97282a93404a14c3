/// Reads specifications and expands them to graphs.
///
/// Values are resolved in this order, the later one wins: the stage type's default,
/// `defaults.with`, the default under `params`, the profile, `key=value` overrides.
package struct SpecLoader: Sendable {
  private let registry: StageRegistry
  private let reader: SourceReader
  private let instanceLimit: Int

  package static let defaultInstanceLimit = 100_000

  package init(
    registry: StageRegistry, reader: SourceReader = .disk,
    instanceLimit: Int = SpecLoader.defaultInstanceLimit
  ) {
    self.registry = registry
    self.reader = reader
    self.instanceLimit = instanceLimit
  }

  /// The graph of a specification under a profile and overrides.
  ///
  /// - Parameters:
  ///   - file: path, relative to the current folder; messages show it as given.
  ///   - profile: `nil` is the profile `default`, which exists even if it is not declared.
  ///   - overrides: `parameter=value` or `axes.NAME=[...]`, as on the command line.
  /// - Returns: the graph, expanded and bound.
  /// - Throws: every mistake in the file, its includes and the overrides.
  package func load(
    file: String, profile: String? = nil, overrides: [String] = []
  ) throws(SpecErrors) -> Graph {
    try resolve(file: file, profile: profile, overrides: overrides).graph
  }

  /// As ``load(file:profile:overrides:)``, with the resolved values and where they come from.
  package func resolve(
    file: String, profile: String? = nil, overrides: [String] = []
  ) throws(SpecErrors) -> ResolvedSpec {
    let errors = DiagnosticCollector()
    let spec = Spec(file: file, reader: reader, errors)
    checkProfiles(of: spec, errors)
    let chosen = profile ?? Spec.defaultProfile
    guard let declared = spec.profiles.first(where: { $0.name == chosen }) else {
      if errors.isEmpty {
        errors.error(
          at: SourceLocation(whole: SourceLocation.commandLine), "there is no profile '\(chosen)'",
          why: "\(file) has: " + spec.profiles.map(\.name).joined(separator: ", "),
          fix: DiagnosticCollector.remedy(
            for: chosen, among: spec.profiles.map(\.name), none: ""))
      }
      throw SpecErrors(diagnostics: errors.sorted, sources: spec.sources)
    }
    var resolution = SpecResolution(spec, profile: declared, errors)
    for override in overrides { resolution.apply(override: override) }
    return try expand(spec, resolution, errors)
  }

  /// Checks a specification under every profile.
  ///
  /// - Returns: the number of instances by profile, in order of declaration.
  /// - Throws: the mistakes of all profiles together.
  package func check(
    file: String
  ) throws(SpecErrors) -> [(profile: String, instanceCount: Int)] {
    let errors = DiagnosticCollector()
    let spec = Spec(file: file, reader: reader, errors)
    checkProfiles(of: spec, errors)
    var counts: [(profile: String, instanceCount: Int)] = []
    for profile in spec.profiles {
      let resolution = SpecResolution(spec, profile: profile, errors)
      var builder = GraphBuilder(spec, resolution, registry, instanceLimit, errors)
      if spec.isResolvable {
        counts.append((profile.name, builder.build().instances.count))
      } else if spec.hasSoundAxes {
        _ = builder.checked()
      }
    }
    guard errors.isEmpty else {
      throw SpecErrors(diagnostics: errors.sorted, sources: spec.sources)
    }
    return counts
  }

  private func checkProfiles(of spec: Spec, _ errors: DiagnosticCollector) {
    for profile in spec.profiles { _ = SpecResolution(spec, profile: profile, errors) }
  }

  private func expand(
    _ spec: Spec, _ resolution: SpecResolution, _ errors: DiagnosticCollector
  ) throws(SpecErrors) -> ResolvedSpec {
    var graph: Graph?
    var builder = GraphBuilder(spec, resolution, registry, instanceLimit, errors)
    if spec.isResolvable {
      graph = builder.build()
    } else if spec.hasSoundAxes {
      _ = builder.checked()
    }
    guard errors.isEmpty, let graph else {
      throw SpecErrors(diagnostics: errors.sorted, sources: spec.sources)
    }
    return ResolvedSpec(graph: graph, axes: resolution.axes, sources: spec.sources)
  }
}
