import ArgumentParser
import Foundation
import Pipeline

/// What changes a specification, beside `name=value`.
struct ChangeOptions: ParsableArguments {
  @Option(help: "Profile of the specification.", completion: .profiles)
  var profile: String?

  @Option(
    name: .customLong("set-file"),
    help: ArgumentHelp(
      "YAML file with parameter: value, and axes under 'axes'; stronger than the profile.",
      valueName: "file"), completion: .file())
  var setFiles: [String] = []

  @Option(help: "The only seed: the one label of the axis 'seed', or the parameter 'seed'.")
  var seed: Int?

  var isEmpty: Bool { profile == nil && setFiles.isEmpty && seed == nil }

  /// Together with `name=value`.
  ///
  /// - Throws: `ValidationError` for what has no such form. That is looked at only now, for a value
  ///   may have lost an option that is misspelt, and that is what is to be said first.
  func changes(_ overrides: [String]) throws -> SpecChanges {
    try Self.check(overrides)
    var changes = SpecChanges(profile: profile, overrides: overrides)
    changes.setFiles = setFiles
    changes.seed = seed
    return changes
  }

  static func check(_ overrides: [String]) throws {
    for override in overrides where !override.contains("=") {
      throw ValidationError("'\(override)' is not of the form name=value")
    }
  }
}

/// A specification with everything that can change it from the command line.
struct SpecOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Specification file.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Argument(help: ArgumentHelp("Changed parameters, as name=value.", valueName: "name=value"))
  var overrides: [String] = []

  @OptionGroup var changes: ChangeOptions

  func resolve(_ registry: StageRegistry) throws -> ResolvedSpec {
    try SpecLoader(registry: registry).resolve(file: file, try changes.changes(overrides))
  }
}
