import ArgumentParser
import Pipeline
import Stages

struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, github }

  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Validates specifications under every profile.")

  @Argument(
    help: ArgumentHelp("Specification files.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var files: [String]

  @Option(help: "Check this profile alone; all checks every one.", completion: .profiles)
  var profile = CheckCommand.everyProfile

  @Option(help: "text, json (also --json), or github: annotations for GitHub Actions.")
  var format: Format?

  @OptionGroup var global: GlobalOptions

  static let everyProfile = "all"

  func run() throws {
    let project = try global.makeProject()
    let loader = SpecLoader(registry: Registry.stages)
    var reports: [Value] = []
    var isValid = true
    for file in files {
      do throws(SpecErrors) {
        let checked = try loader.check(
          file: file, profile: profile == Self.everyProfile ? nil : profile,
          dataFolders: project.dataFolders, results: project.root.appending(path: "results"))
        show(checked, of: file)
        reports.append(value(of: file, checked.profiles, checked.warnings))
      } catch {
        isValid = false
        show(error.diagnostics, sources: error.sources)
        reports.append(value(of: file, [], error.diagnostics))
      }
    }
    if chosenFormat == .json { print(Value.list(reports).canonicalJSON) }
    if !isValid { throw Exit(status: .invalidSpecification) }
  }

  private var chosenFormat: Format { format ?? (global.json ? .json : .text) }

  private func show(_ checked: CheckedSpec, of file: String) {
    show(checked.warnings, sources: checked.sources)
    guard chosenFormat == .text, !global.quiet else { return }
    let counts = checked.profiles.map { "\($0.profile) \($0.instanceCount)" }
    let warnings = checked.warnings.count
    let remark = warnings == 0 ? "" : ", \(warnings) warning\(warnings == 1 ? "" : "s")"
    print("\(file): ok (stages by profile: \(counts.joined(separator: ", ")))\(remark)")
  }

  private func show(_ diagnostics: [Diagnostic], sources: SourceTexts) {
    switch chosenFormat {
    case .json: break
    case .github:
      let prefix = CISurroundings().pathPrefix
      for diagnostic in diagnostics {
        print(Annotation(diagnostic).text(.github, pathPrefix: prefix))
      }
    case .text:
      let shown = global.quiet ? diagnostics.filter { $0.severity == .error } : diagnostics
      guard !shown.isEmpty else { return }
      let renderer = DiagnosticRenderer(sources: sources, usesColor: global.colorsErrors)
      Terminal.standardError.write(renderer.render(shown) + "\n")
    }
  }

  private func value(
    of file: String, _ profiles: [(profile: String, instanceCount: Int)],
    _ diagnostics: [Diagnostic]
  ) -> Value {
    .map([
      "file": .string(file), "valid": .bool(!diagnostics.contains { $0.severity == .error }),
      "profiles": .map(
        Dictionary(
          profiles.map { ($0.profile, .int($0.instanceCount)) }, uniquingKeysWith: { $1 })),
      "diagnostics": .list(diagnostics.map(\.jsonValue)),
    ])
  }
}
