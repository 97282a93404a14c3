import ArgumentParser
import Foundation
import Pipeline

struct CacheListCommand: ParsableCommand {
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case size, used, cost, name
  }

  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "Lists stored results.")

  @OptionGroup var chosen: EntryOptions

  @Option(help: "Largest, longest unused or most costly first, or by name.")
  var sort: Order = .size

  @Option(help: "Most results to list (with --json all, unless given).")
  var limit: Int?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit \(limit): 0 or more") }
  }

  func run() throws {
    let project = try global.makeProject()
    let entries = sorted(try chosen.choose(from: project.openHistory().entries(), in: project))
    if global.json {
      print(Value.list(entries.prefix(limit ?? .max).map(\.jsonValue)).canonicalJSON)
      return
    }
    let shown = entries.prefix(limit ?? 50)
    var table = TextTable(
      heads: ["result", "stage type", "size", "CPU time", "last used", "key"],
      alignment: [.left, .left, .right, .right, .left, .left])
    for entry in shown {
      table.append([
        entry.name, entry.kind, ByteCount.text(entry.byteCount),
        Duration.text(seconds: entry.cost.cpuSeconds), CacheListCommand.day(entry.lastUsed),
        String(entry.key.prefix(12)),
      ])
    }
    print(table.text, terminator: "")
    let total = entries.reduce(0) { $0 + $1.byteCount }
    let rest = entries.count > shown.count ? ", \(shown.count) shown (--limit)" : ""
    print("\(counted(entries.count, "result")), \(ByteCount.text(total))\(rest)")
  }

  private func sorted(_ entries: [StoredEntry]) -> [StoredEntry] {
    switch sort {
    case .used: entries
    case .size: entries.sorted { ($1.byteCount, $0.name) < ($0.byteCount, $1.name) }
    case .cost: entries.sorted { ($1.cost.cpuSeconds, $0.name) < ($0.cost.cpuSeconds, $1.name) }
    case .name: entries.sorted { ($0.name, $0.key) < ($1.name, $1.key) }
    }
  }

  /// `2026-01-31 14:28`, in universal time.
  static func day(_ date: Date) -> String {
    String(date.ISO8601Format().prefix(16)).replacing("T", with: " ")
  }
}
