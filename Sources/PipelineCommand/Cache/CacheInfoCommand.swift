import ArgumentParser
import Foundation
import Pipeline

struct CacheInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "How much is stored, by stage type, and what 'cache gc' would free."
  )

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let project = try global.makeProject()
    let store = try project.openHistory()
    let usage = try store.usage()
    var policy = CollectionPolicy()
    policy.keptRuns = project.baselineRuns
    let plan = try store.planCollection(policy)
    if global.json {
      guard case .map(var fields) = usage.jsonValue else { return }
      fields["workspace"] = .string(store.workspace.root.path)
      fields["collectable_bytes"] = .int(plan.freedBytes + plan.leftoverBytes)
      fields["collectable_results"] = .int(plan.entries.count)
      print(Value.map(fields).canonicalJSON)
    } else {
      print(text(usage, plan, store.workspace), terminator: "")
    }
  }

  private func text(
    _ usage: StoreUsage, _ plan: GarbageCollection, _ workspace: Workspace
  ) -> String {
    var lines = TextTable(
      heads: ["stage type", "results", "size", "CPU time"],
      alignment: [.left, .right, .right, .right])
    for kind in usage.kinds {
      lines.append([
        kind.kind, "\(kind.resultCount)", ByteCount.text(kind.byteCount),
        Duration.text(seconds: kind.cpuSeconds),
      ])
    }
    lines.append([
      "in all", "\(usage.resultCount)", ByteCount.text(usage.artifactBytes),
      Duration.text(seconds: usage.kinds.reduce(0) { $0 + $1.cpuSeconds }),
    ])
    let sides = [
      "database \(ByteCount.text(usage.databaseBytes))", "logs \(ByteCount.text(usage.logBytes))",
      "manifests \(ByteCount.text(usage.manifestBytes))",
      "quarantine \(ByteCount.text(usage.quarantineBytes))",
    ]
    var text = "\(workspace.root.path): \(counted(usage.runCount, "run")), "
    text += counted(usage.artifactCount, "artifact") + "\n"
    text += lines.text + "beside them: " + sides.joined(separator: ", ") + "\n"
    text += "'pipeline cache gc' would free \(ByteCount.text(plan.freedBytes + plan.leftoverBytes))"
    return text + " (\(plan.entries.count) results, \(plan.leftovers.count) old files)\n"
  }
}
