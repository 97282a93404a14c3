import Foundation
import GRDB
import Pipeline

/// A folder that is gone when the value is.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "pipeline-tests-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var workspace: Workspace { Workspace(url.appending(path: "store")) }

  func names(in path: String) -> [String] {
    let folder = workspace.root.appending(path: path).path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// The first column of what a query finds in the store's database, as texts.
  func texts(_ sql: String) throws -> [String] {
    try database(workspace.database).read { try String.fetchAll($0, sql: sql) }
  }

  /// Paths of all stored artifact files.
  var artifactFiles: [String] {
    let folder = workspace.root.appending(path: "cas").path
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.filter { $0.contains("/") }.map { folder + "/" + $0 }.sorted()
  }
}

/// A second connection, as another process would have it.
///
/// It waits: one that closes locks the file against new ones for a moment.
func database(_ path: String) throws -> DatabaseQueue {
  var configuration = Configuration()
  configuration.busyMode = .timeout(60)
  return try DatabaseQueue(path: path, configuration: configuration)
}

/// Larger than what the database holds inline.
let largeText = String(repeating: "0123456789abcdef", count: 2048)

extension Store {
  /// Computes a key whose outputs are the given texts; as a stage would.
  func compute(
    _ key: String, _ texts: [String: String], parts: [KeyParts.Part] = [], force: Bool = false,
    run: Int64? = nil
  ) throws -> Computation {
    let run = try run ?? beginRun(experiment: "test", file: "test.yaml", profile: "default").id
    let attempt = Attempt(key: key, run: run, instance: key, number: 1)
    return try compute(attempt, parts: KeyParts(stored: parts), force: force) { folder in
      let outputs = try texts.map { slot, text in
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + slot))
        return try ProducedOutput(OutputSlot(slot, .text, help: ""), in: folder)
      }
      return (outputs, Cost(elapsedSeconds: 1, cpuSeconds: 0.5, peakMemoryBytes: 1 << 20))
    }
  }
}

extension Computation {
  /// The action, if this process computed it.
  var computed: StoredAction? {
    if case .computed(let action) = self { action } else { nil }
  }

  var isShared: Bool {
    if case .shared = self { true } else { false }
  }

  var isBusy: Bool {
    if case .busy = self { true } else { false }
  }
}
