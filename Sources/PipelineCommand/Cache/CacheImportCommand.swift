import ArgumentParser
import Foundation
import Pipeline

struct CacheImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Takes over the results of an export.",
    discussion: """
      Every text and content is compared with its hash, and every key with what it is made of. That \
      shows that nothing was altered on the way, not who computed it: import only from folders that \
      you trust. Ends with 7 when anything was refused.
      """)

  @Argument(
    help: ArgumentHelp("Folder that 'cache export' wrote.", valueName: "dir"),
    completion: .directory)
  var folder: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let path = URL(filePath: folder).path
    guard FileManager.default.fileExists(atPath: path + "/manifests") else {
      throw StageFailure(
        .environment, at: path, "this is no export: it has no folder 'manifests'",
        fix: "make one with 'pipeline cache export DIR'")
    }
    let transfer = try Store(Workspace(project.workspace)).import(from: path)
    if global.json {
      print(transfer.jsonValue.canonicalJSON)
    } else {
      for (name, why) in transfer.refused { print("refused  \(name.prefix(12)): \(why)") }
      if !global.quiet {
        print(
          """
          imported \(transfer.resultCount) results, \(ByteCount.text(transfer.byteCount)) of files; \
          \(transfer.presentCount) were there
          """)
      }
    }
    if !transfer.refused.isEmpty { throw Exit(status: .damaged) }
  }
}

extension Store.Transfer {
  var jsonValue: Value {
    .map([
      "results": .int(resultCount), "present": .int(presentCount), "bytes": .int(byteCount),
      "refused": .list(
        refused.map { .map(["name": .string($0.name), "why": .string($0.why)]) }),
    ])
  }
}
