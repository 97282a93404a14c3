import ArgumentParser
import Foundation
import Pipeline
import Stages

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Makes a folder ready for experiments.",
    discussion: """
      Writes experiments/first.yaml, experiments/pipeline.schema.json (for editors) and a \
      .gitignore for the cache. Files that are there already stay as they are.
      """)

  @Argument(help: ArgumentHelp("The folder.", valueName: "dir"), completion: .directory)
  var folder: String = "."

  @OptionGroup var global: GlobalOptions

  func run() throws {
    _ = try global.makeProject()
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue {
      throw StageFailure(
        .environment, at: folder, "it is a file", why: "experiments are put into a folder",
        fix: "name a folder, which need not be there yet")
    }
    let spec = SpecTemplate.renamed(SpecTemplate.classifier.text, to: "first")
    let files = [
      ("experiments/first.yaml", spec),
      (
        "experiments/pipeline.schema.json",
        SpecSchema(Registry.stages).jsonValue.canonicalJSON + "\n"
      ),
      (".gitignore", "# The cache; stored results below results/ belong into git.\n/.pipeline/\n"),
    ]
    let prefix = folder == "." ? "" : folder + "/"
    var paths: [String: [Value]] = ["written": [], "kept": []]
    for (path, text) in files {
      let isThere = FileManager.default.fileExists(atPath: prefix + path)
      if !isThere { try NewFile(prefix + path).write(text) }
      paths[isThere ? "kept" : "written", default: []].append(.string(prefix + path))
      if !global.quiet, !global.json {
        print("\(isThere ? "kept   " : "written") \(prefix)\(path)")
      }
    }
    if global.json {
      print(Value.map(paths.mapValues(Value.list)).canonicalJSON)
    } else if !global.quiet {
      let change = folder == "." ? "" : "cd \(folder.shellWord) && "
      print("next: \(change)pipeline run experiments/first.yaml")
    }
  }
}
