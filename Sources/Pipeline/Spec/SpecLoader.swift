import Foundation

/// Reads specifications and expands them to graphs.
///
/// Values are resolved in this order, the later one wins: the stage type's default,
/// `defaults.with`, the default under `params`, the profile, set files, `key=value` overrides.
package struct SpecLoader: Sendable {
  private let registry: StageRegistry
  let reader: SourceReader
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
    try resolve(file: file, SpecChanges(profile: profile, overrides: overrides)).graph
  }

  /// As ``load(file:profile:overrides:)``, with the resolved values and where they come from.
  package func resolve(
    file: String, _ changes: SpecChanges = SpecChanges()
  ) throws(SpecErrors) -> ResolvedSpec {
    let errors = DiagnosticCollector()
    let spec = try read(file, errors)
    var resolution = SpecResolution(
      spec, profile: profile(changes.profile, of: spec, errors), errors)
    var sources = spec.sources
    for file in changes.setFiles {
      if let text = resolution.apply(setFile: file, reader: reader) { sources.add(text) }
    }
    for override in changes.overrides { resolution.apply(override: override) }
    if let seed = changes.seed { resolution.apply(seed: seed) }
    let graph = graph(of: spec, resolution, errors)
    guard errors.isEmpty else {
      throw SpecErrors(diagnostics: errors.sorted, sources: sources)
    }
    return ResolvedSpec(
      graph: graph, axes: resolution.axes, overrides: resolution.overrides, sources: sources)
  }

  /// Checks a specification under every profile, or under one.
  ///
  /// - Parameters:
  ///   - file: path, relative to the current folder; messages show it as given.
  ///   - profile: `nil` means all of them.
  ///   - dataFolders: where stages look for their files; what is missing is a warning. `nil` looks
  ///     for none.
  ///   - results: the folder with the experiments' baselines, which know how many trials stand
  ///     behind a proportion; `nil` knows of none.
  /// - Returns: what is there, with warnings.
  /// - Throws: the mistakes of all these profiles together.
  package func check(
    file: String, profile: String? = nil, dataFolders: DataFolders? = nil, results: URL? = nil
  ) throws(SpecErrors) -> CheckedSpec {
    let errors = DiagnosticCollector()
    let warnings = DiagnosticCollector()
    let spec = try read(file, errors)
    let profiles = profile == nil ? spec.profiles : [self.profile(profile, of: spec, errors)]
    var counts: [(profile: String, instanceCount: Int)] = []
    for profile in profiles {
      let graph = graph(of: spec, SpecResolution(spec, profile: profile, errors), errors)
      counts.append((profile.name, graph.instances.count))
      guard errors.isEmpty else { continue }
      if let dataFolders { warn(of: graph, missingIn: dataFolders, warnings) }
      if let results { graph.refuseFineTolerances(results, errors) }
    }
    guard errors.isEmpty else {
      throw SpecErrors(diagnostics: errors.sorted, sources: spec.sources)
    }
    SpecWarnings(spec, registry).report(to: warnings)
    return CheckedSpec(profiles: counts, warnings: warnings.sorted, sources: spec.sources)
  }

  /// The specification with every mistake that can be seen without choosing a profile.
  ///
  /// - Throws: what is wrong when a file cannot be read: then there is no telling which names are
  ///   declared, and all that refers to names would look like a mistake.
  private func read(_ file: String, _ errors: DiagnosticCollector) throws(SpecErrors) -> Spec {
    let spec = Spec(file: file, reader: reader, errors)
    guard spec.isComplete else {
      throw SpecErrors(diagnostics: errors.sorted, sources: spec.sources)
    }
    for profile in spec.profiles { _ = SpecResolution(spec, profile: profile, errors) }
    return spec
  }

  /// The profile of a name; in place of one that does not exist the default one, so that the other
  /// mistakes are found, too.
  private func profile(
    _ name: String?, of spec: Spec, _ errors: DiagnosticCollector
  ) -> ProfileSpec {
    let chosen = name ?? Spec.defaultProfile
    if let declared = spec.profiles.first(where: { $0.name == chosen }) { return declared }
    if !spec.declares(chosen, in: "profiles") {
      errors.error(
        at: SourceLocation(whole: SourceLocation.commandLine), "there is no profile '\(chosen)'",
        why: "\(spec.file) has: " + spec.profiles.map(\.name).joined(separator: ", "),
        fix: DiagnosticCollector.remedy(
          for: chosen, among: spec.profiles.map(\.name), none: ""))
    }
    return ProfileSpec(
      implicit: Spec.defaultProfile, at: SourceLocation(whole: SourceLocation.commandLine))
  }

  /// The graph; meaningful only if no error was reported.
  private func graph(
    of spec: Spec, _ resolution: SpecResolution, _ errors: DiagnosticCollector
  ) -> Graph {
    var builder = GraphBuilder(spec, resolution, registry, instanceLimit, errors)
    return builder.build()
  }

  /// Data that is not here yet stops a run, but says nothing against the specification.
  private func warn(
    of graph: Graph, missingIn folders: DataFolders, _ warnings: DiagnosticCollector
  ) {
    for instance in graph.instances where instance.isEnabled {
      do {
        _ = try instance.bound.files(in: folders)
      } catch {
        let failure = AttemptFailure(error)
        warnings.add(
          Diagnostic(
            .warning, at: instance.location, "stage '\(instance.stage)': \(failure.what)",
            why: failure.why, fix: failure.fix))
      }
    }
  }
}

/// A specification without a mistake.
package struct CheckedSpec: Sendable {
  /// The number of instances by profile, in order of declaration.
  package let profiles: [(profile: String, instanceCount: Int)]
  /// What is likely a slip, by position.
  package let warnings: [Diagnostic]
  package let sources: SourceTexts
}
