import Foundation
import Pipeline
import Stages

/// A run that might do nothing but repeat the last one, and is recognised as such then.
///
/// Only a command line that asks for no more than tables and verdicts can be a repetition. An option
/// that is not listed here, whatever it does, has the run take the long way.
struct Repetition {
  /// Options that change what is run or where, each with the number of its values.
  private static let decisive = [
    "--profile": 1, "--seed": 1, "-C": 1, "--directory": 1, "--workspace": 1, "--data": 1,
    "--output": 1,
  ]
  /// Options that change how it is run, shown or judged, which is not looked up but done again.
  private static let incidental = [
    "--jobs": 1, "--memory": 1, "--retries": 1, "--timeout": 1, "--keep-going": 0,
    "--fail-fast": 0, "--expect": 1, "--strict": 0, "--color": 1, "--no-progress": 0, "-q": 0,
    "--quiet": 0,
  ]

  private let request: [String]
  private let project: Project

  /// `nil` when the command line asks for more.
  ///
  /// - Parameters:
  ///   - arguments: of the program, without its name.
  ///   - project: where it works.
  init?(arguments: [String] = Array(CommandLine.arguments.dropFirst()), project: Project) {
    guard let words = Self.decisiveWords(arguments),
      let program = try? ProgramIdentity(path: Program.path)
    else { return nil }
    request =
      [program.text, Registry.numericsTag, FileManager.default.currentDirectoryPath]
      + [project.root.path, project.workspace.path]
      + project.dataFolders.folders.map(\.path) + ["--"] + words
    self.project = project
  }

  private static func decisiveWords(_ arguments: [String]) -> [String]? {
    var words: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-") else {
        words.append(word)
        continue
      }
      let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
      guard let count = decisive[name] ?? incidental[name] else { return nil }
      var option = [word]
      if count > 0, name == word { option += rest.popFirst().map { [$0] } ?? [] }
      if decisive[name] != nil { words += option }
    }
    return words
  }

  private func unchanged(in store: Store) -> UnchangedRun {
    UnchangedRun(
      request: request, store: store, registry: { Registry.stages },
      dataFolders: project.dataFolders)
  }

  /// Shows what the last run showed, if this one would not differ from it.
  ///
  /// - Returns: how the run ends; `nil` when it is to take the long way.
  func replay(_ judgement: JudgementOptions, _ options: GlobalOptions) -> ExitStatus? {
    let workspace = Workspace(project.workspace)
    guard workspace.exists, let store = try? Store(readOnly: workspace),
      let snapshot = unchanged(in: store).find(), let report = try? StoredReport(snapshot)
    else { return nil }
    let status = judgement.status(of: report)
    let style: PivotTable.Style = options.usesColor ? .ansi : .plain
    let claims = judgement.expect == .off ? "" : report.claimsText(style: style)
    if options.level == .error {
      if status == .expectationFailed { Terminal.standardOutput.write(claims) }
      return status
    }
    let skipped = snapshot.skippedCount
    var counts = counted(snapshot.instanceCount, "stage") + ": 0 executed, "
    counts += "\(snapshot.instanceCount - skipped) cached"
    if skipped > 0 { counts += ", \(skipped) skipped" }
    let folder = snapshot.resultsFolder + "/" + snapshot.run
    Terminal.standardOutput.write(
      report.tablesText(width: Terminal.standardOutput.width, style: style) + claims
        + "\(counts)\nresults: \(folder) (nothing changed, nothing written)\n")
    return status
  }

  /// Remembers a run that ended well, for its repetition. A failure costs only the short way.
  func keep(
    _ resolved: ResolvedSpec, _ results: RunResults, folder: URL, store: Store, generation: Int
  ) {
    guard results.report.problems.isEmpty else { return }
    try? unchanged(in: store).keep(
      resolved, results.record, folder: folder, generation: generation)
  }
}
