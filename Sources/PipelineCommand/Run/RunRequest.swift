import Foundation
import Pipeline

/// What a run was asked for, kept in the workspace from its first moment, so that it can be asked
/// for again whatever became of it.
struct RunRequest: Codable {
  let run: String
  let experiment: String
  /// Seconds since 1970.
  let started: Double
  let file: String
  /// The folder that its path is relative to.
  let directory: String
  let profile: String
  /// Everything else that changed the specification, as overrides.
  let overrides: [String]

  init(_ run: String, of resolved: ResolvedSpec) {
    self.run = run
    let asked = resolved.graph.experiment
    experiment = asked.name
    started = Date().timeIntervalSince1970
    file = asked.file
    directory = FileManager.default.currentDirectoryPath
    profile = asked.profile
    overrides = resolved.overrides
  }

  /// The specification, by a path that leads there from the current folder, and what changes it.
  var specification: (file: String, changes: SpecChanges) {
    let isHere = directory == FileManager.default.currentDirectoryPath || file.hasPrefix("/")
    return (
      isHere ? file : directory + "/" + file, SpecChanges(profile: profile, overrides: overrides)
    )
  }

  // MARK: Keeping

  private static func folder(_ workspace: URL) -> URL { workspace.appending(path: "runs") }

  /// A run that cannot be noted still runs; only `--resume` does not find it.
  func keep(in workspace: URL) {
    let folder = Self.folder(workspace)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let data = try? encoder.encode(self) else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? data.write(to: folder.appending(path: run + ".json"), options: .atomic)
  }

  /// The newest run that fits: `latest`, an experiment, a run's name, the name that `--name` gave
  /// it or the beginning of one.
  ///
  /// - Parameters:
  ///   - name: as the user wrote it.
  ///   - file: of the specification, if the user named one.
  ///   - workspace: where runs are noted.
  /// - Returns: what that run was asked for.
  /// - Throws: ``StageFailure`` of class `environment` when there is none.
  static func find(_ name: String, of file: String?, in workspace: URL) throws -> RunRequest {
    let folder = folder(workspace)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let all = names.filter { $0.hasSuffix(".json") }.compactMap { name in
      (try? Data(contentsOf: folder.appending(path: name)))
        .flatMap { try? JSONDecoder().decode(RunRequest.self, from: $0) }
    }.sorted { ($0.started, $0.run) < ($1.started, $1.run) }
    let ofFile = file.map { file in all.filter { $0.file == file } } ?? all
    let wanted = name.split(separator: "/").last.map(String.init) ?? name
    let fits: [(RunRequest) -> Bool] = [
      { _ in name == "latest" }, { $0.run == wanted }, { $0.experiment == name },
      { $0.run.hasSuffix("-" + wanted) }, { $0.run.hasPrefix(wanted) },
    ]
    for fits in fits {
      if let found = ofFile.last(where: fits) { return found }
    }
    throw StageFailure(
      .environment, at: "--resume", name == "latest" ? "no run is known" : "no run '\(name)'",
      why: ofFile.isEmpty
        ? "\(file ?? workspace.path) has not been run in this workspace"
        : "the last ones are " + ofFile.suffix(5).map(\.run).joined(separator: ", "),
      fix: "run the specification without --resume: finished stages come from the store anyway")
  }
}
