/// All that changes a specification from outside: what a run was asked for, beside its file.
///
/// Later ones win: profile, then set files in order, then overrides in order, then the seed.
package struct SpecChanges: Sendable, Hashable {
  /// `nil` is the profile `default`, which exists even if it is not declared.
  package var profile: String?
  /// YAML files with `parameter: value`, and axes under `axes`.
  package var setFiles: [String] = []
  /// `parameter=value` or `axes.NAME=[...]`, as on the command line.
  package var overrides: [String] = []
  /// The only label of the axis `seed`, or else the value of the parameter `seed`.
  package var seed: Int?

  package init(profile: String? = nil, overrides: [String] = []) {
    self.profile = profile
    self.overrides = overrides
  }
}
