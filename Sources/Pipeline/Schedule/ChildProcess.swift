internal import CLinux
import Foundation

/// A process of which we read standard output.
struct ChildProcess {
  /// Where a process finds itself when it starts.
  enum Place {
    /// In a group of its own. Standard input is a pipe that stays open until we close it or die;
    /// standard error is appended to a file.
    case ownGroup(errorPath: String)
    /// In our group, with a file as standard input, in a folder; standard error comes to us
    /// together with standard output.
    case ourGroup(inputPath: String, folder: String)
  }

  let pid: Int32
  private let lifeline: Int32?
  private var output: Int32
  private var partialLine: [UInt8] = []
  /// Whether what comes next belongs to a line that is too long.
  private var isPassingOver = false
  /// What a process prints without ever ending the line must not fill our memory.
  private static let lineByteLimit = 1 << 20

  typealias End = ProcessEnd

  /// Starts a program.
  ///
  /// - Throws: ``FileError`` when it cannot be started.
  init(
    _ executable: String, arguments: [String], environment: [String: String], in place: Place
  ) throws(FileError) {
    let input = try ChildProcess.makePipe()
    defer { close(input.readEnd) }
    let output: (readEnd: Int32, writeEnd: Int32)
    do throws(FileError) { output = try ChildProcess.makePipe() } catch {
      close(input.writeEnd)
      throw error
    }
    defer { close(output.writeEnd) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    ChildProcess.add(to: &actions, in: place, input: input.readEnd, output: output.writeEnd)

    var pid: Int32 = 0
    let code = ChildProcess.withAttributes(place) { attributes in
      ChildProcess.withCStrings([executable] + arguments) { argv in
        let pairs = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ChildProcess.withCStrings(pairs) { envp in
          posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
        }
      }
    }
    guard code == 0 else {
      close(input.writeEnd)
      close(output.readEnd)
      throw FileError("start", executable, code: code)
    }
    self.pid = pid
    if case .ownGroup = place {
      lifeline = input.writeEnd
    } else {
      close(input.writeEnd)
      lifeline = nil
    }
    self.output = output.readEnd
  }

  /// What becomes of the descriptors and of the folder in the new process.
  private static func add(
    to actions: inout posix_spawn_file_actions_t, in place: Place, input: Int32, output: Int32
  ) {
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    switch place {
    case .ownGroup(let path):
      posix_spawn_file_actions_adddup2(&actions, input, 0)
      posix_spawn_file_actions_addopen(&actions, 2, path, O_WRONLY | O_CREAT | O_APPEND, 0o666)
    case .ourGroup(let path, let folder):
      posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, output, 2)
      posix_spawn_file_actions_addchdir_np(&actions, folder)
    }
    // Nothing else that this process has open, whoever opened it without close-on-exec.
    for descriptor in Files.names(in: "/proc/self/fd").compactMap({ Int32($0) })
    where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
  }

  /// Waits at most so long for output, and gives the complete lines that came; in place of one
  /// above 1 MiB a remark.
  mutating func readLines(waitingMilliseconds: Int32) -> [String] {
    guard output >= 0 else {
      // It closed its output and is about to end.
      poll(nil, 0, min(waitingMilliseconds, 2))
      return []
    }
    var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard poll(&request, 1, waitingMilliseconds) > 0 else { return [] }
    var block = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(output, &block, block.count)
    if count == 0 {
      close(output)
      output = -1
    }
    guard count > 0 else { return [] }
    partialLine += block[..<count]
    let pieces = partialLine.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var lines: [String] = []
    for piece in pieces.dropLast() {
      if !isPassingOver { lines.append(String(decoding: piece, as: UTF8.self)) }
      isPassingOver = false
    }
    partialLine = isPassingOver ? [] : Array(pieces.last ?? [])
    if partialLine.count > ChildProcess.lineByteLimit {
      // No part of it is of use, and a cut could go through a secret, which is then not masked.
      partialLine.removeAll()
      isPassingOver = true
      lines.append("… (a line above 1 MiB is left out)")
    }
    return lines
  }

  /// What is still to be read after its end and that of all it started, with a last line that no
  /// newline ends.
  mutating func remainingLines() -> [String] {
    var lines: [String] = []
    while output >= 0 {
      let more = readLines(waitingMilliseconds: 100)
      // Held open by somebody who cannot be ours.
      if more.isEmpty, !isReadable { break }
      lines += more
    }
    if !partialLine.isEmpty { lines.append(String(decoding: partialLine, as: UTF8.self)) }
    partialLine = []
    return lines
  }

  private var isReadable: Bool {
    var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    return output >= 0 && poll(&request, 1, 0) > 0
  }

  /// How it ended, if it has. What is left of its own group is killed before its number, which is
  /// the group's, can go to another process.
  func reap() -> End? {
    var info = siginfo_t()
    guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0,
      info.si_signo == SIGCHLD
    else { return nil }
    if lifeline != nil { killGroup() }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
  }

  /// Asks it to stop.
  func terminate() { kill(pid, SIGTERM) }

  /// Kills it with every process of its group.
  private func killGroup() { kill(-pid, SIGKILL) }

  /// Kills it with every process below it, whatever group or session they are in. It comes last,
  /// for those whose parent ends before are handed to it.
  func killTree() {
    ProcessTree.killDescendants(of: pid)
    killGroup()
  }

  /// Lets go of the pipes; call it once, at the end.
  func closePipes() {
    if let lifeline { close(lifeline) }
    if output >= 0 { close(output) }
  }

  /// A connected pair of sockets, which, unlike a pipe, is made close-on-exec in one step: a child
  /// that another thread starts at this moment does not inherit it.
  private static func makePipe() throws(FileError) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw FileError("open", "a socket pair") }
    return (ends[0], ends[1])
  }

  /// Its process group, and none of the signal settings of our threads: those of Dispatch
  /// block every signal, and a child would inherit that.
  private static func withAttributes(
    _ place: Place, _ body: (inout posix_spawnattr_t) -> Int32
  ) -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    if case .ownGroup = place {
      posix_spawnattr_setpgroup(&attributes, 0)
      flags |= POSIX_SPAWN_SETPGROUP
    }
    posix_spawnattr_setflags(&attributes, Int16(flags))
    return body(&attributes)
  }

  private static func withCStrings(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
  ) -> Int32 {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
