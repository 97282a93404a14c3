import Dispatch
import Foundation
import Pipeline
import Synchronization

/// Shows a run to the person who waits: bars on a terminal, plain lines anywhere else.
final class RunReporter: Sendable {
  enum Style: Sendable { case bars, lines, silent }

  /// Seconds between two plain lines of one instance.
  private static let lineIntervalSeconds = 10.0

  private struct State: ~Copyable {
    var board = ProgressBoard(total: 0)
    var region = LiveRegion(.standardError)
    var pending: [String] = []
    var lastLineSeconds: [Int: Double] = [:]
    var startSeconds: [Int: Double] = [:]
    var isOver = false
  }

  private let ids: [String]
  private let style: Style
  private let level: LogLevel
  /// Of its own: blocked stages may hold every thread of the shared queues.
  private let queue = DispatchQueue(label: "progress")
  private let start = DispatchTime.now()
  private let state = Mutex(State())

  /// - Parameters:
  ///   - graph: names the instances.
  ///   - style: in which form it is shown.
  ///   - level: how much is shown.
  init(_ graph: Graph, style: Style, level: LogLevel = .info) {
    ids = graph.instances.map(\.id)
    self.style = style
    self.level = level
    if style == .bars { redrawSoon() }
  }

  private func redrawSoon() {
    queue.asyncAfter(deadline: .now() + 0.1) { [weak self] in self?.redraw() }
  }

  private var nowSeconds: Double {
    Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
  }

  /// Takes the events of a run, in order, each with a remark for those who want to know all.
  func observe(_ event: RunEvent, remark: String = "") {
    guard style != .silent else { return }
    let now = nowSeconds
    state.withLock { state in
      switch event {
      case .began(_, let count): state.board = ProgressBoard(total: count)
      case .started(let index, let attempt, _):
        state.board.start(ids[index], atSeconds: now)
        state.startSeconds[index] = now
        state.lastLineSeconds[index] = now
        let remark = attempt > 1 ? " (attempt \(attempt))" : ""
        if style == .lines, level >= .info {
          state.pending.append("start   \(ids[index])\(remark)")
        }
      case .progress(let index, let progress):
        state.board.update(ids[index], progress)
        guard style == .lines, level >= .info,
          now - state.lastLineSeconds[index, default: 0]
            >= Self.lineIntervalSeconds
        else { break }
        state.lastLineSeconds[index] = now
        let details = ProgressBoard.details(
          of: progress, elapsedSeconds: now - state.startSeconds[index, default: now])
        state.pending.append(
          "\(ProgressBoard.percent(progress.fraction))%     \(ids[index])  \(details)")
      case .retry(let index, let failure):
        state.board.end(ids[index], as: nil)
        state.pending.append("retry   \(ids[index]): \(failure.what)")
      case .ended(let index, let record):
        let ending = Self.ending(of: record.state)
        state.board.end(ids[index], as: ending)
        if let line = line(for: ids[index], record) {
          state.pending.append(remark.isEmpty ? line : "\(line)  (\(remark))")
        }
      case .message(let index, let text):
        state.pending.append(index.map { "note    \(ids[$0]): \(text)" } ?? "note    \(text)")
      }
      if style == .lines {
        for line in state.pending { Terminal.standardError.write(line + "\n") }
        state.pending = []
      }
    }
  }

  /// Takes the bars away; what was said stays.
  func finish() {
    state.withLock { state in
      state.isOver = true
      if style == .bars { state.region.draw([], above: state.pending) }
      state.pending = []
    }
  }

  private func redraw() {
    let now = nowSeconds
    let size = Terminal.standardError.size
    let isOver = state.withLock { state in
      guard !state.isOver else { return true }
      let lines = state.board.lines(
        width: size.columns - 1, height: size.rows - 1, nowSeconds: now)
      state.region.draw(lines, above: state.pending)
      state.pending = []
      return false
    }
    if !isOver { redrawSoon() }
  }

  private static func ending(of state: InstanceState) -> ProgressBoard.Ending {
    switch state {
    case .cached, .shared: .cached
    case .done: .executed
    case .failed: .failed
    case .skipped, .cancelled: .skipped
    }
  }

  /// What is worth a line of its own; a cached or skipped instance is only at the debug level.
  private func line(for id: String, _ record: InstanceRecord) -> String? {
    switch record.state {
    case .done where level >= .info:
      "done    \(id)  \(Duration.text(seconds: record.cost.elapsedSeconds))"
    case .failed: "failed  \(id): \(record.failure?.what ?? "")"
    case .cached where level >= .debug, .shared where level >= .debug:
      "cached  \(id)  key \(record.key?.prefix(12) ?? "")"
    case .skipped where level >= .debug: "skipped \(id)"
    case .done, .cached, .shared, .skipped, .cancelled: nil
    }
  }
}
