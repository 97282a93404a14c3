/// What a collection of garbage may remove.
///
/// Kept whatever the limits say: results of the last runs of each experiment and profile, of runs
/// that are tagged or named, of runs in progress, and whatever is younger than an hour.
package struct CollectionPolicy: Sendable, Hashable {
  /// How many finished runs of each experiment and profile keep their results; runs that are newer
  /// than the oldest of them keep theirs, too.
  package var keptRunCount = 10
  /// Names of further runs that keep their results: those that baselines were taken from.
  package var keptRuns: Set<String> = []
  /// Remove, the least recently used first, until so much is left. Without this and ``maxAge``
  /// everything that is not kept goes.
  package var maxBytes: Int?
  /// Remove what was not used for so many seconds.
  package var maxAge: Double?

  package init() {}

  static let graceSeconds = 3_600.0
  /// Files that no row names may belong to a result that is just being stored.
  static let orphanSeconds = 86_400.0
  /// Quarantined files are evidence for a while.
  static let quarantineSeconds = 7 * 86_400.0
}
