import Foundation

/// Recognises that a run would find everything as the last one left it, without expanding it.
///
/// A run is asked for by a *request*: a digest of the program, the command and the folders it
/// searches, whatever they are. Under it the store keeps a ``Snapshot`` of the last complete run.
/// A repetition is unchanged when all of these hold:
///
///  1. nothing was removed from the store or changed in it since (its generation is the same);
///  2. the specification and its includes have the same content;
///  3. every stage that looks at files finds the same ones with the same content;
///  4. every large artifact is there in full;
///  5. the stored results of that run are untouched and the newest.
///
/// Whatever is in doubt is a change: then the run takes the long way, which finds out what.
package struct UnchangedRun {
  /// Most files in all lists of a snapshot: to look at more takes as long as the long way.
  private static let fileLimit = 20_000

  private let store: Store
  private let registry: @Sendable () -> StageRegistry
  private let dataFolders: DataFolders
  private let request: String

  /// - Parameters:
  ///   - request: everything beside files that the outcome depends on.
  ///   - store: of the workspace.
  ///   - registry: of the stage types; asked only when stages look at files.
  ///   - dataFolders: where stages look for files.
  package init(
    request: [String], store: Store, registry: @escaping @Sendable () -> StageRegistry,
    dataFolders: DataFolders
  ) {
    self.store = store
    self.registry = registry
    self.dataFolders = dataFolders
    // Each with its length, so that no two lists give the same text.
    self.request = SHA256.hex(
      of: (["s2"] + request).map { "\($0.utf8.count):\($0)" }.joined())
  }

  // MARK: Looking

  /// The last run, if this one would not differ from it.
  package func find() -> Snapshot? {
    guard let snapshot = try? store.snapshot(for: request), isCurrent(snapshot) else { return nil }
    return snapshot
  }

  private func isCurrent(_ snapshot: Snapshot) -> Bool {
    snapshot.sources.allSatisfy { (try? SHA256.hex(ofFile: $0.path).hash) == $0.hash }
      && findsDeclaredFiles(of: snapshot)
      && snapshot.artifacts.allSatisfy {
        Files.size(store.workspace.artifact($0.hash)) == $0.byteCount
      }
      && snapshot.results.allSatisfy { (try? FileLook($0.path)) == $0.look }
      && ResultsFolder(url: URL(filePath: snapshot.resultsFolder)).latest == snapshot.run
  }

  private func findsDeclaredFiles(of snapshot: Snapshot) -> Bool {
    if snapshot.declarations.isEmpty { return true }
    let stages = registry()
    let hashes = FileHashMemo(store)
    let folders = dataFolders.remembering()
    return snapshot.fileLists.joined().allSatisfy { (try? hashes.known($0.path)) == $0.hash }
      && snapshot.declarations.allSatisfy { declaration in
        guard let type = stages[declaration.kind],
          case .map(let parameters)? = try? Value(json: Data(declaration.parameters.utf8)),
          let found = try? type.bind(parameters).files(in: folders),
          snapshot.fileLists.indices.contains(declaration.fileList)
        else { return false }
        return found.elementsEqual(snapshot.fileLists[declaration.fileList]) {
          $0.name == $1.name && $0.url.path == $1.path
        }
      }
  }

  // MARK: Keeping

  /// Takes a snapshot of a run that has ended well and whose results are stored.
  ///
  /// - Parameters:
  ///   - resolved: what was run.
  ///   - record: how it ended; one that failed is not kept.
  ///   - folder: the stored results of the run.
  ///   - generation: of the store when the run began: what went since then is missed.
  /// - Throws: ``StoreError`` when it cannot be written.
  package func keep(
    _ resolved: ResolvedSpec, _ record: RunRecord, folder: URL, generation: Int
  ) throws(StoreError) {
    // A claim that is held against a baseline depends on a file that nobody here looks at.
    guard record.exitStatus == .ok,
      !resolved.graph.expectations.contains(where: { $0.condition.baseline != nil }),
      let found = declarations(resolved.graph, record)
    else { return }
    var artifacts: Set<Snapshot.Artifact> = []
    for output in record.instances.flatMap(\.outputs)
    where output.byteCount > Store.inlineByteLimit {
      if try store.isDropped(output) { continue }
      artifacts.insert(.init(hash: output.hash, byteCount: output.byteCount))
    }
    let paths = (FileManager.default.subpaths(atPath: folder.path) ?? []).sorted()
    let results = paths.compactMap { path -> Snapshot.Result? in
      let file = folder.path + "/" + path
      return (try? FileLook(file)).map { Snapshot.Result(path: file, look: $0) }
    }
    let snapshot = Snapshot(
      run: record.name, resultsFolder: folder.deletingLastPathComponent().path,
      instanceCount: record.instances.count, skippedCount: record.count(.skipped),
      tables: resolved.graph.tables.map(\.name),
      sources: resolved.sources.all.map { .init(path: $0.file, hash: SHA256.hex(of: $0.text)) },
      declarations: found.declarations, fileLists: found.fileLists,
      artifacts: artifacts.sorted { $0.hash < $1.hash }, results: results)
    try store.keep(snapshot, for: request, generation: generation)
  }

  /// The distinct looks at files and what they found; `nil` unless each finds now exactly the files
  /// that the run's keys were made of, or when they are too many.
  ///
  /// A file that went while the run was under way is not found any more, and what a stage takes
  /// instead of it is nothing that this run has seen.
  private func declarations(
    _ graph: Graph, _ record: RunRecord
  ) -> (declarations: [Snapshot.Declaration], fileLists: [[Snapshot.File]])? {
    let folders = dataFolders.remembering()
    var declarations: Set<Snapshot.Declaration> = []
    var lists: [[Snapshot.File]: Int] = [:]
    var fileCount = 0
    for (instance, ended) in zip(graph.instances, record.instances)
    where instance.isEnabled && instance.bound.type.readsFiles {
      guard let used = ended.parts?.fileHashes,
        let found = try? instance.bound.files(in: folders), found.count == used.count
      else { return nil }
      let files = found.compactMap { file in
        used[file.name].map { Snapshot.File(name: file.name, path: file.url.path, hash: $0) }
      }
      guard Set(files.map(\.name)).count == used.count else { return nil }
      if lists[files] == nil {
        fileCount += files.count
        guard fileCount <= Self.fileLimit else { return nil }
        lists[files] = lists.count
      }
      declarations.insert(
        Snapshot.Declaration(
          kind: instance.bound.type.kind,
          parameters: Value.map(instance.bound.parameters).canonicalJSON,
          fileList: lists[files] ?? 0))
    }
    return (
      declarations.sorted { ($0.kind, $0.parameters) < ($1.kind, $1.parameters) },
      lists.sorted { $0.value < $1.value }.map(\.key)
    )
  }
}
