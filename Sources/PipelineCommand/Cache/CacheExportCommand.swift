import ArgumentParser
import Foundation
import Pipeline

struct CacheExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Copies results into a folder, for another workspace.")

  @Argument(
    help: ArgumentHelp("Where to; an export that is there is added to.", valueName: "dir"),
    completion: .directory)
  var folder: String

  @Argument(
    help: ArgumentHelp(
      """
      What: a run or experiment of this workspace, or a specification, of which everything goes \
      that is stored (default: the newest run).
      """, valueName: "run|spec"), completion: .runs(orFiles: ["yaml", "yml"]))
  var subject: String?

  @Argument(help: ArgumentHelp("Parameters of the specification.", valueName: "name=value"))
  var overrides: [String] = []

  @OptionGroup var changes: ChangeOptions
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let store = try project.openHistory()
    let keys = try keys(project, store)
    if keys.isEmpty {
      throw StageFailure(
        .environment, at: subject ?? "latest", "nothing of it is stored",
        why: "an export holds finished results", fix: "run it first")
    }
    let transfer = try store.export(keys, to: URL(filePath: folder).path)
    if global.json {
      print(transfer.jsonValue.canonicalJSON)
    } else if !global.quiet {
      print(
        "exported \(counted(transfer.resultCount, "result")), "
          + "\(ByteCount.text(transfer.byteCount)) of files")
    }
  }

  private func keys(_ project: Project, _ store: Store) throws -> Set<String> {
    guard let subject, subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") else {
      let run = try store.run(named: subject ?? "latest")
      return Set(try store.instances(of: run).compactMap(\.key))
    }
    let graph = try SpecLoader(registry: project.registry).resolve(
      file: subject, try changes.changes(overrides)
    ).graph
    let plan = try Planner(store, dataFolders: project.dataFolders).plan(graph)
    return Set(
      plan.states.compactMap { state in
        if case .cached(let key, _) = state { key } else { nil }
      })
  }
}
