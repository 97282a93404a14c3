internal import CLinux
import Foundation

/// The processes below one, found by asking the kernel: children may leave a process group, but
/// they cannot leave the tree.
enum ProcessTree {
  /// From now on a process below this one whose parent ends becomes a child of this one, so that
  /// nothing below it is ever lost.
  static func adoptOrphans() { _ = become_child_subreaper() }

  /// Every process below one, parents before their children.
  static func descendants(of root: Int32) -> [Int32] {
    var found: [Int32] = []
    var open = [root]
    while let process = open.popLast() {
      let next = children(of: process)
      found += next
      open += next
    }
    return found
  }

  /// Kills every process below one, again and again until none is left: one may fork while others
  /// are being killed. Gives up after some seconds on those that the kernel itself holds up.
  static func killDescendants(of root: Int32) {
    for _ in 1...5_000 {
      let living = descendants(of: root).filter { ProcessIdentity($0) != nil }
      if living.isEmpty { return }
      for process in living { Foundation.kill(process, SIGKILL) }
      usleep(1_000)
    }
  }

  /// Asks every process below one to stop.
  static func terminateDescendants(of root: Int32) {
    for process in descendants(of: root) { Foundation.kill(process, SIGTERM) }
  }

  /// Kills every process in whose environment the folder stands: the last resort for those whose
  /// worker died, which would have been their ancestor.
  static func kill(workingIn folder: String) {
    let marker = Data(folder.utf8)
    for process in Files.names(in: "/proc").compactMap({ Int32($0) }) where process != getpid() {
      let environment = try? Files.read("/proc/\(process)/environ")
      if environment?.range(of: marker) != nil { Foundation.kill(process, SIGKILL) }
    }
  }

  /// A process's children are listed by the thread that started them.
  private static func children(of process: Int32) -> [Int32] {
    let threads = "/proc/\(process)/task"
    return Files.names(in: threads).flatMap { thread -> [Int32] in
      guard let data = try? Files.read("\(threads)/\(thread)/children") else { return [] }
      return String(decoding: data, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }
  }
}
