import ArgumentParser
import Foundation
import Pipeline

/// What is to be run: a specification, or what an earlier run was asked for.
struct RequestOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Specification file; may be left out with --resume.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var file: String?

  @Argument(help: ArgumentHelp("Changed parameters, as name=value.", valueName: "name=value"))
  var overrides: [String] = []

  @OptionGroup var changes: ChangeOptions

  @Option(
    defaultAsFlag: "latest", parsing: .next,
    help: ArgumentHelp(
      "Run again what a run was asked for (default: the newest): its profile and parameters.",
      valueName: "run"))
  var resume: String?

  /// Only an option that is known can have been meant, so this comes after they were all read.
  private func check() throws {
    if let resume {
      if resume.contains("=") || !overrides.isEmpty || file?.contains("=") == true
        || !changes.isEmpty
      {
        throw ValidationError("--resume takes profile and parameters from the run; give none")
      }
      return
    }
    guard let file else { throw ValidationError("name the specification file to run") }
    if file.contains("="), !FileManager.default.fileExists(atPath: file) {
      throw ValidationError("'\(file)' is a parameter; name the specification file first")
    }
  }

  /// The specification's file and what changes it.
  func specification(_ project: Project) throws -> (file: String, changes: SpecChanges) {
    try check()
    guard let resume else { return (file ?? "", try changes.changes(overrides)) }
    // `--resume spec.yaml` reads as the newest run of that file.
    let isFile = file == nil && [".yaml", ".yml"].contains { resume.hasSuffix($0) }
    return try RunRequest.find(
      isFile ? "latest" : resume, of: isFile ? resume : file, in: project.workspace
    ).specification
  }
}
