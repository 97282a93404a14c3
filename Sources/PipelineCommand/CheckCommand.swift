import ArgumentParser
import Pipeline
import Stages

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Validates specifications under every profile.")

  @Argument(help: ArgumentHelp("Specification files.", valueName: "spec"))
  var files: [String]

  @OptionGroup var global: GlobalOptions

  func run() throws {
    _ = try global.makeProject()
    let loader = SpecLoader(registry: Registry.stages)
    var isValid = true
    var reports: [Value] = []
    for file in files {
      do throws(SpecErrors) {
        let profiles = try loader.check(file: file).profiles
        reports.append(report(file, profiles))
      } catch {
        isValid = false
        reports.append(report(file, error))
      }
    }
    if global.json { print(Value.list(reports).canonicalJSON) }
    if !isValid { throw Exit(status: .invalidSpecification) }
  }

  private func report(
    _ file: String, _ profiles: [(profile: String, instanceCount: Int)]
  ) -> Value {
    if !global.json, !global.quiet {
      let counts = profiles.map { "\($0.profile) \($0.instanceCount)" }
      print("\(file): ok (stages by profile: \(counts.joined(separator: ", ")))")
    }
    return .map([
      "file": .string(file), "valid": .bool(true),
      "profiles": .map(
        Dictionary(
          profiles.map { ($0.profile, .int($0.instanceCount)) }, uniquingKeysWith: { $1 })),
    ])
  }

  private func report(_ file: String, _ errors: SpecErrors) -> Value {
    if !global.json {
      let text = errors.rendered(usesColor: global.colorsErrors)
      Terminal.standardError.write(text + "\n")
    }
    return .map([
      "file": .string(file), "valid": .bool(false),
      "diagnostics": .list(
        errors.diagnostics.map { diagnostic in
          .map([
            "severity": .string(diagnostic.severity.rawValue),
            "file": diagnostic.location.map { .string($0.file) } ?? .null,
            "line": diagnostic.location.map { .int($0.line) } ?? .null,
            "column": diagnostic.location.map { .int($0.column) } ?? .null,
            "what": .string(diagnostic.what), "why": .string(diagnostic.why),
            "fix": .string(diagnostic.fix),
          ])
        }),
    ])
  }
}
