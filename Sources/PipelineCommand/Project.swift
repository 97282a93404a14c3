import Foundation
import Pipeline
import Stages

/// Where the program works: project root, cache, data folders, and the stages it knows.
struct Project {
  /// The nearest folder, upwards, that looks like a project; else the current one.
  let root: URL
  let workspace: URL
  let dataFolders: DataFolders
  var registry: StageRegistry { Registry.stages }

  init(options: GlobalOptions) {
    let current = URL(
      filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
    root = Project.root(above: current)
    workspace =
      options.workspace.map { URL(filePath: $0, relativeTo: current).standardizedFileURL }
      ?? root.appending(path: ".pipeline")
    dataFolders = Project.dataFolders(named: options.data, root: root)
  }

  private static let markers = [".pipeline", ".git", "experiments"]

  private static func root(above folder: URL) -> URL {
    var candidate = folder.standardizedFileURL
    while candidate.path != "/" {
      let found = markers.contains {
        FileManager.default.fileExists(atPath: candidate.appending(path: $0).path)
      }
      if found { return candidate }
      candidate.deleteLastPathComponent()
    }
    return folder
  }

  /// `--data`, then the folders of `PIPELINE_DATA`, then `data` in the project, then a data folder
  /// that several checkouts share beside it.
  private static func dataFolders(named options: [String], root: URL) -> DataFolders {
    let variable = ProcessInfo.processInfo.environment["PIPELINE_DATA"] ?? ""
    let named = options + variable.split(separator: ":").map(String.init)
    let implied = ["data", "../shared/data"].map { root.appending(path: $0).standardizedFileURL }
    return DataFolders(
      named.map { URL(filePath: $0).standardizedFileURL } + implied, project: root)
  }
}
