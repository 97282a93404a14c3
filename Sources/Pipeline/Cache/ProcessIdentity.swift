import Foundation

/// Names a process for ever: its number, which the system reuses, with its start and the boot.
struct ProcessIdentity: Hashable, Sendable {
  let pid: Int32
  /// Clock ticks from boot to the process's start.
  let start: UInt64
  let boot: String

  /// The identity of a living process; `nil` when there is none of this number.
  init?(_ pid: Int32) {
    // The name, which may hold anything, stands in parentheses; the start is field 22.
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")"),
      let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", let start = UInt64(fields[19]) else { return nil }
    self.pid = pid
    self.start = start
    self.boot = boot.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Reads the form that ``text`` gives.
  init?(text: String) {
    let fields = text.split(separator: " ")
    guard fields.count == 3, let pid = Int32(fields[0]), let start = UInt64(fields[1]) else {
      return nil
    }
    self.pid = pid
    self.start = start
    boot = String(fields[2])
  }

  var text: String { "\(pid) \(start) \(boot)" }

  var isAlive: Bool { ProcessIdentity(pid) == self }
}
