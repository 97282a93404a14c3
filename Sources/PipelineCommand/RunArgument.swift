import ArgumentParser
import Foundation
import Pipeline

/// How every verb that looks at a stored run lets it be named.
struct RunArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      """
      A stored run: its name or the beginning of it, an experiment (its newest run), \
      experiment/run, or a path to its folder (default: the newest of all).
      """, valueName: "run"), completion: .runs)
  var run: String?

  @OptionGroup var results: ResultsOptions

  func open(_ project: Project) throws -> StoredResults { try results.root(project).open(run) }
}

/// Where stored results are looked for.
struct ResultsOptions: ParsableArguments {
  @Option(
    name: .customLong("results"),
    help: ArgumentHelp("Folder of stored results (default: results).", valueName: "dir"),
    completion: .directory)
  var folder: String?

  func root(_ project: Project) -> ResultsRoot {
    ResultsRoot(folder.map { URL(filePath: $0) } ?? project.root.appending(path: "results"))
  }
}
