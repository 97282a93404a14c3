import ArgumentParser
import Foundation
import Pipeline

/// How a run uses stored results.
struct CacheOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-cache"),
    help: "Run every stage although its result is stored; the new results are stored.")
  var ignoresStored = false

  @Flag(
    name: .customLong("read-only-cache"),
    help: "Use stored results but store nothing: what this run computes is gone at its end.")
  var isReadOnly = false

  @Option(help: "When results are forced to disk: after costly stages, or always.")
  var durability: Store.Durability = .automatic

  /// The instances that run whatever is stored.
  func forced(_ chosen: Set<Int>, in graph: Graph) -> Set<Int> {
    ignoresStored ? Set(graph.instances.indices) : chosen
  }

  /// Opens the project's store for the time of `body`, or a passing one over it.
  func withStore<Result>(of project: Project, _ body: (Store) throws -> Result) throws -> Result {
    let workspace = Workspace(project.workspace)
    let crashPoint = CrashPoint(environment: ProcessInfo.processInfo.environment)
    guard isReadOnly else {
      return try body(Store(workspace, durability: durability, crashPoint: crashPoint))
    }
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pipeline-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(Store(over: workspace, in: folder))
  }
}

extension Store.Durability: ExpressibleByArgument {}
