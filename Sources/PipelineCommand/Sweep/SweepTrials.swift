import Pipeline

/// The trials of a sweep as specifications to run.
///
/// Each is resolved when it is its turn, and again if need be: thousands of graphs at once would
/// not fit. All come from the files as they were when the sweep began.
struct SweepTrials: Sendable {
  let sweep: Sweep
  /// The first one, for what they all have in common.
  let first: ResolvedSpec
  private let file: String
  private let fixed: SpecChanges
  private let loader: SpecLoader

  /// Resolves every trial once, so that mistakes are found before anything runs.
  ///
  /// - Throws: the mistakes of the first trial that has some.
  init(
    _ sweep: Sweep, of file: String, fixed: SpecChanges, registry: StageRegistry
  ) throws(SpecErrors) {
    self.sweep = sweep
    self.file = file
    self.fixed = fixed
    loader = SpecLoader(registry: registry, reader: .remembering(.disk))
    first = try loader.resolve(file: file, Self.changes(of: 0, sweep, fixed))
    for trial in sweep.points.indices.dropFirst() { _ = try self[trial] }
  }

  var count: Int { sweep.points.count }

  subscript(trial: Int) -> ResolvedSpec {
    get throws(SpecErrors) {
      try loader.resolve(file: file, Self.changes(of: trial, sweep, fixed))
    }
  }

  private static func changes(of trial: Int, _ sweep: Sweep, _ fixed: SpecChanges) -> SpecChanges {
    var changes = fixed
    changes.overrides += sweep.overrides(of: trial)
    return changes
  }
}
