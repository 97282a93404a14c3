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

  /// The path by which a file of the project is found from its root, in whatever folder a person
  /// stood who named it; of other files the path as it is.
  func pathFromRoot(_ file: String) -> String {
    let folder = root.standardizedFileURL.path + "/"
    let path = URL(filePath: file).standardizedFileURL.path
    return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : file
  }

  /// The specification of a stored run, by a path that leads there from the current folder.
  func specification(of document: RunDocument) -> String {
    let file = document.experiment.file
    let path = root.appending(path: file).standardizedFileURL.path
    let isAtRoot = root.standardizedFileURL.path == FileManager.default.currentDirectoryPath
    return !isAtRoot && FileManager.default.fileExists(atPath: path) ? path : file
  }

  /// What runs stages in processes of this program.
  func makeExecutor() -> ProcessExecutor {
    ProcessExecutor(
      executable: Program.path, environment: ProcessInfo.processInfo.environment,
      pinned: Registry.workerEnvironment)
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
