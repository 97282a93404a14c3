import Foundation

extension ResultsFolder {
  /// The stored runs, sorted by name.
  package var runs: [String] {
    names(in: "").filter { name in
      !name.hasPrefix(".") && name != "latest"
        && FileManager.default.fileExists(atPath: url.appending(path: "\(name)/run.json").path)
    }
  }

  /// The run that `latest` points at.
  package var latest: String? {
    let link = url.appending(path: "latest").path
    return try? FileManager.default.destinationOfSymbolicLink(atPath: link)
  }

  /// The run that was stored last: two of one second have names in any order, so the link decides;
  /// without it, as in a copy, the last by name.
  package var newest: String? {
    let known = runs
    if let latest, known.contains(latest) { return latest }
    return known.last
  }

  /// When the newest run was stored, in nanoseconds since 1970: the age of the link. 0 without it.
  var newestTime: Int {
    var info = stat()
    guard lstat(url.appending(path: "latest").path, &info) == 0 else { return 0 }
    return info.st_mtim.tv_sec * 1_000_000_000 + info.st_mtim.tv_nsec
  }

  /// The name of a stored run: the given one, or the newest for `nil` and for `latest`.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when there is no such run.
  package func run(named name: String?) throws(StageFailure) -> String {
    let known = runs
    guard let name, name != "latest" else {
      if let newest { return newest }
      throw StageFailure(
        .environment, at: url.path, "no run is stored here",
        fix: "run the experiment first: pipeline run experiments/\(url.lastPathComponent).yaml")
    }
    let found = Self.fitting(name, known, \.self)
    if found.count == 1 { return found[0] }
    if found.count > 1 {
      throw StageFailure(
        .environment, at: url.path, "'\(name)' begins the names of \(found.count) runs",
        why: "they are " + ResultsRoot.listed(found), fix: "write more of the name")
    }
    throw StageFailure(
      .environment, at: url.path, "there is no run '\(name)'",
      why: known.isEmpty ? "none is stored" : "stored are " + ResultsRoot.listed(known),
      fix: nearestName(to: name, in: known).map { "did you mean '\($0)'?" } ?? "")
  }

  /// The runs that a name may mean: the one that is called so; else the newest to which a user gave
  /// it, which stands behind the time; else all that begin so.
  static func fitting<Run>(_ name: String, _ runs: [Run], _ id: (Run) -> String) -> [Run] {
    if let exact = runs.first(where: { id($0) == name }) { return [exact] }
    let given = runs.filter { id($0).dropFirst(16) == name }
    if let newest = given.max(by: { id($0) < id($1) }) { return [newest] }
    return runs.filter { id($0).hasPrefix(name) || id($0).dropFirst(16).hasPrefix(name) }
  }

  /// Names of the tables that a run stored, sorted.
  package func tableNames(run: String) -> [String] { jsonNames(in: "\(run)/tables") }

  /// Names (`stage.output`) of the long tables that a run stored, sorted.
  package func longTableNames(run: String) -> [String] { jsonNames(in: "\(run)/long") }

  /// A stored table view.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when it is not there or damaged.
  package func table(_ name: String, run: String) throws(StageFailure) -> PivotTable {
    let (file, data) = try read(name, in: "\(run)/tables", of: run)
    guard let value = try? Value(json: data), let table = PivotTable(jsonValue: value) else {
      throw Self.damaged(file)
    }
    return table
  }

  /// The rows behind the views: every instance's table of `stage.output`, axes first.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when it is not there or damaged.
  package func longTable(_ name: String, run: String) throws(StageFailure) -> Table {
    let (file, data) = try read(name, in: "\(run)/long", of: run)
    guard let table = try? Table(canonicalData: data) else { throw Self.damaged(file) }
    return table
  }

  /// The claims of a run as they were judged when it ended.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when they are not there or damaged.
  package func expectations(run: String) throws(StageFailure) -> [ExpectationResult] {
    let file = url.appending(path: "\(run)/expectations.json")
    guard let data = try? Data(contentsOf: file), let value = try? Value(json: data),
      let results = value.items(ExpectationResult.init(jsonValue:))
    else { throw Self.damaged(file) }
    return results
  }

  private func read(
    _ name: String, in folder: String, of run: String
  ) throws(StageFailure) -> (file: URL, data: Data) {
    let file = url.appending(path: "\(folder)/\(name).json")
    if let data = try? Data(contentsOf: file) { return (file, data) }
    let known = jsonNames(in: folder)
    throw StageFailure(
      .environment, at: file.path, "run '\(run)' stores no table '\(name)'",
      why: known.isEmpty ? "it stores none" : "it stores " + known.joined(separator: ", "),
      fix: nearestName(to: name, in: known).map { "did you mean '\($0)'?" } ?? "")
  }

  static func damaged(_ file: URL) -> StageFailure {
    StageFailure(
      .environment, at: file.path, "the stored file is damaged",
      fix: "run the experiment again: finished stages come from the store")
  }

  private func jsonNames(in folder: String) -> [String] {
    names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
  }

  private func names(in folder: String) -> [String] {
    let path = url.appending(path: folder).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
