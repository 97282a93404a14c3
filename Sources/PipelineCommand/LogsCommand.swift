import ArgumentParser
import Foundation
import Pipeline

struct LogsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Prints what a stage of a run had to say.")

  @Argument(
    help: ArgumentHelp(
      "Its name, the beginning of it, an experiment, or latest.", valueName: "run"),
    completion: .runs)
  var runName: String

  @Argument(
    help: ArgumentHelp("An instance: STAGE or STAGE[axis=label,...].", valueName: "stage"),
    completion: .stages)
  var instance: String

  @Option(help: "Only the last lines.")
  var tail: Int?

  @Option(help: "Of this attempt (default: the last one).")
  var attempt: Int?

  @Flag(help: "Go on printing until the attempt has ended.")
  var follow = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let tail, tail < 0 { throw ValidationError("--tail \(tail): 0 or more") }
    if follow, global.json { throw ValidationError("--follow and --json exclude each other") }
  }

  func run() throws {
    let store = try global.makeProject().openHistory()
    let run = try store.run(named: runName)
    let row = try instanceRow(of: run, in: store)
    let attempts = try store.attempts(of: run, at: row)
    guard let chosen = attempts.last(where: { attempt == nil || $0.number == attempt }) else {
      throw Diagnostic(
        at: nil, "\(row.name) of run \(run.name) has no attempt\(attempt.map { " \($0)" } ?? "")",
        why: attempts.isEmpty
          ? "it is \(row.state.name) and was not started"
          : "it has " + attempts.map { "\($0.number)" }.joined(separator: ", "))
    }
    if case .ended(let state) = row.state, state == .cached || state == .shared, !global.quiet {
      Terminal.standardError.write(
        "\(row.name) was \(state.rawValue): this is the log of its computation\n")
    }
    var reader = LogReader(path: store.workspace.log(ofAttempt: chosen.id))
    let text = reader.next(lastLines: tail)
    if global.json {
      let fields: [String: Value] = [
        "run": .string(run.name), "instance": .string(row.name), "attempt": .int(chosen.number),
        "text": .string(text),
      ]
      print(Value.map(fields).canonicalJSON)
      return
    }
    Terminal.standardOutput.write(text)
    if text.isEmpty, !follow, !global.quiet {
      Terminal.standardError.write("\(row.name) has logged nothing\n")
    }
    while follow {
      // Asked first: what was logged up to the end is read after it.
      let isOver = try !isRunning(chosen, at: row, of: run, in: store)
      Terminal.standardOutput.write(reader.next())
      if isOver { return }
      usleep(200_000)
    }
  }

  private func isRunning(
    _ attempt: StoredAttempt, at row: InstanceRow, of run: RunSummary, in store: Store
  ) throws -> Bool {
    let now = try store.attempts(of: run, at: row).first { $0.id == attempt.id }
    return try now?.state == "running" && store.run(named: run.name).state == .running
  }

  /// The instance of this name, or the only one that the selector fits.
  private func instanceRow(of run: RunSummary, in store: Store) throws -> InstanceRow {
    let rows = try store.instances(of: run)
    if let exact = rows.first(where: { $0.name == instance }) { return exact }
    let selector = try InstanceSelector(parsing: instance)
    let found = rows.filter { selector.accepts(name: $0.name) }
    if found.count == 1 { return found[0] }
    let stage = instance.prefix { $0 != "[" } + "["
    let near = rows.filter { $0.name.hasPrefix(stage) }
    let candidates = found.isEmpty ? (near.isEmpty ? rows : near) : found
    let names = candidates.prefix(5).map(\.name).joined(separator: ", ")
    throw Diagnostic(
      at: nil,
      found.isEmpty
        ? "run \(run.name) has no instance '\(instance)' that was reached"
        : "'\(instance)' fits \(found.count) instances of run \(run.name)",
      why: names.isEmpty ? "none was reached yet" : "there are \(names)",
      fix: found.isEmpty ? "" : "name one of them")
  }
}

/// Reads a growing file piece by piece.
private struct LogReader {
  let path: String
  private var offset: UInt64 = 0

  init(path: String) { self.path = path }

  /// What came since the last call; of the first call, the last lines only if asked so.
  mutating func next(lastLines: Int? = nil) -> String {
    // A stage that has said nothing has no file.
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    defer { try? file.close() }
    guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.readToEnd() else {
      return ""
    }
    offset += UInt64(data.count)
    let text = String(decoding: data, as: UTF8.self)
    guard let lastLines else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = text.hasSuffix("\n") ? lines.dropLast() : lines[...]
    return whole.suffix(lastLines).map { $0 + "\n" }.joined()
  }
}
