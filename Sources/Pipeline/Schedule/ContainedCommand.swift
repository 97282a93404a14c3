import Dispatch
import Foundation

/// How a process ended.
package enum ProcessEnd: Hashable, Sendable {
  case exit(Int32)
  case signal(Int32)
}

/// A program of the user's, run to its end below the worker process of its stage.
///
/// It shares the worker's process group, so whoever kills the group kills it too; and the worker
/// adopts whatever it leaves behind, so that when ``run(isCancelled:onLine:)`` returns nothing that
/// it started is alive.
package struct ContainedCommand {
  /// What a cancelled program gets to end by itself.
  private static let graceSeconds = 10.0

  private let executable: String
  private let arguments: [String]
  private let environment: [String: String]
  private let folder: String
  private let inputPath: String

  /// - Parameters:
  ///   - words: the program, as a path or a name on the environment's `PATH`, and its arguments.
  ///   - environment: all that it sees.
  ///   - folder: where it starts; relative paths in `words` count from there.
  ///   - input: a file as its standard input; nothing by default.
  /// - Throws: ``FileError`` when there is no such program.
  package init(
    _ words: [String], environment: [String: String], folder: URL, input: URL? = nil
  ) throws(FileError) {
    let name = words.first ?? ""
    guard let path = ContainedCommand.locate(name, environment, folder.path) else {
      throw FileError("start", name, code: ENOENT)
    }
    executable = path
    arguments = Array(words.dropFirst())
    self.environment = environment
    self.folder = folder.path
    inputPath = input?.path ?? "/dev/null"
  }

  private static func locate(
    _ name: String, _ environment: [String: String], _ folder: String
  ) -> String? {
    let candidates =
      switch (name.hasPrefix("/"), name.contains("/")) {
      case (true, _): [name]
      case (_, true): [folder + "/" + name]
      default: (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      }
    return candidates.first { access($0, X_OK) == 0 && Files.isRegularFile($0) }
  }

  /// Blocks until the program and all that it started have ended.
  ///
  /// - Parameters:
  ///   - isCancelled: asked ten times a second; the program is then asked to stop, and killed
  ///     after 10 s.
  ///   - onLine: gets each line of standard output and standard error, in order.
  /// - Returns: how the program itself ended.
  /// - Throws: ``FileError`` when it cannot be started.
  package func run(
    isCancelled: () -> Bool, onLine: (String) -> Void
  ) throws(FileError) -> ProcessEnd {
    var child = try ChildProcess(
      executable, arguments: arguments, environment: environment,
      in: .ourGroup(inputPath: inputPath, folder: folder))
    defer { child.closePipes() }
    var deadline: DispatchTime?
    while true {
      for line in child.readLines(waitingMilliseconds: 100) { onLine(line) }
      if let end = child.reap() {
        ContainedCommand.endTheRest()
        for line in child.remainingLines() { onLine(line) }
        return end
      }
      if deadline == nil, isCancelled() {
        ProcessTree.terminateDescendants(of: getpid())
        deadline = .now() + ContainedCommand.graceSeconds
      }
      if let deadline, DispatchTime.now() > deadline {
        ProcessTree.killDescendants(of: getpid())
      }
    }
  }

  /// Kills and collects what the program left behind.
  private static func endTheRest() {
    ProcessTree.killDescendants(of: getpid())
    while waitpid(-1, nil, WNOHANG) > 0 {}
  }
}
