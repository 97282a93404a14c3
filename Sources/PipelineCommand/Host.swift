import Foundation
import Stages

/// Facts about the machine, for provenance and `doctor`.
enum Host {
  static var facts: [String: String] {
    [
      "cpu": cpuName, "cores": String(ProcessInfo.processInfo.activeProcessorCount),
      "memory_bytes": String(ProcessInfo.processInfo.physicalMemory), "os": operatingSystem,
      "numerics": Registry.numericsTag,
    ]
  }

  /// What stages may use together when nobody says: the rest is the system's.
  static var usableMemoryBytes: Int { Int(ProcessInfo.processInfo.physicalMemory / 10 * 9) }

  private static var cpuName: String {
    value(of: "model name", separator: ":", in: "/proc/cpuinfo") ?? "unknown"
  }

  private static var operatingSystem: String {
    value(of: "PRETTY_NAME", separator: "=", in: "/etc/os-release")?
      .trimmingCharacters(in: ["\""]) ?? "unknown"
  }

  /// The first value of a key in a file of `key SEPARATOR value` lines.
  private static func value(of key: String, separator: Character, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      let sides = line.split(separator: separator, maxSplits: 1)
      if sides.count == 2 { return sides[1].trimmingCharacters(in: .whitespaces) }
    }
    return nil
  }

  /// The commit that is checked out where the file lies; `nil` outside a repository.
  static func gitCommit(of file: String) -> String? {
    let folder = URL(filePath: file).deletingLastPathComponent().path
    return ExternalTool(["git", "-C", folder, "rev-parse", "HEAD"]).output()
  }
}
