import ArgumentParser
import Foundation
import Pipeline

/// A specification with everything that can change it from the command line.
struct SpecOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Specification file.", valueName: "spec"))
  var file: String

  @Argument(help: ArgumentHelp("Changed parameters, as name=value.", valueName: "name=value"))
  var overrides: [String] = []

  @Option(help: "Profile of the specification.")
  var profile: String?

  func validate() throws {
    for override in overrides where !override.contains("=") {
      throw ValidationError("'\(override)' is not of the form name=value")
    }
  }

  func resolve(_ registry: StageRegistry) throws -> ResolvedSpec {
    try SpecLoader(registry: registry).resolve(
      file: file, SpecChanges(profile: profile, overrides: overrides))
  }
}

/// Which instances run although their results are stored.
struct ForceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run these instances even if their results are stored: a stage, stage[axis=label], or *.",
      valueName: "sel"))
  var force: [String] = []

  func indices(in graph: Graph) throws -> Set<Int> {
    try force.reduce(into: []) { found, text in
      found.formUnion(try InstanceSelector(parsing: text).indices(in: graph))
    }
  }
}
