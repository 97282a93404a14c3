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
    killAll { descendants(of: root).compactMap { ProcessIdentity($0) } }
  }

  /// Asks every process below one to stop.
  static func terminateDescendants(of root: Int32) {
    for process in descendants(of: root) { Foundation.kill(process, SIGTERM) }
  }

  /// Kills the programs that a stage with this output folder has started, which are known by their
  /// variables: the last resort for those whose worker died, which would have been their ancestor.
  static func kill(workingIn outputFolder: String) {
    let marks = StageContext.scratchVariables(in: URL(filePath: outputFolder))
      .map { Data("\($0.key)=\($0.value)".utf8) }
    let isMarked = { (process: Int32) in
      let variables = (try? Files.read("/proc/\(process)/environ"))?.split(separator: 0) ?? []
      return variables.contains { marks.contains($0) }
    }
    killAll {
      Files.names(in: "/proc").compactMap { name in
        // The second look is at the process whose identity is known by then.
        guard let process = Int32(name), process != getpid(), isMarked(process),
          let identity = ProcessIdentity(process), isMarked(process)
        else { return nil }
        return identity
      }
    }
  }

  /// Kills what `find` gives, again and again until it gives nothing.
  private static func killAll(_ find: () -> [ProcessIdentity]) {
    for _ in 1...5_000 {
      let living = find()
      if living.isEmpty { return }
      for process in living where process.isAlive { Foundation.kill(process.pid, SIGKILL) }
      usleep(1_000)
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
