import Foundation

/// Memory figures of a process, as the kernel's `status` file names them.
package enum ProcessMemory {
  /// `RssAnon`: what it holds now, without mapped files. `VmHWM`: the most it ever had resident.
  /// (`ru_maxrss` would count the parent's memory, which a child shares until it is replaced.)
  package static func bytes(_ field: String, of process: Int32) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(field + ":") {
      let words = line.split(whereSeparator: \.isWhitespace)
      return words.count > 1 ? Int(words[1]).map { $0 << 10 } : nil
    }
    return nil
  }
}
