import Foundation
import Pipeline

/// What is running and how far it is: a pure value that knows its lines of text.
struct ProgressBoard {
  private struct Row {
    let id: String
    let startSeconds: Double
    var progress: StageProgress?
  }

  private var rows: [Row] = []
  /// By instance, so that one that had to be made again counts once.
  private var endings: [String: Ending] = [:]
  private let total: Int

  init(total: Int) {
    self.total = total
  }

  enum Ending { case cached, executed, failed, skipped }

  mutating func start(_ id: String, atSeconds seconds: Double) {
    endings[id] = nil
    rows.append(Row(id: id, startSeconds: seconds))
  }

  mutating func update(_ id: String, _ progress: StageProgress) {
    guard let index = rows.firstIndex(where: { $0.id == id }) else { return }
    rows[index].progress = progress
  }

  /// Takes the instance off the board; a retry does so without an ending.
  mutating func end(_ id: String, as ending: Ending?) {
    rows.removeAll { $0.id == id }
    endings[id] = ending
  }

  /// One line a running instance, and one for the whole run: at most `height` lines of at most
  /// `width` characters.
  func lines(width: Int, height: Int, nowSeconds: Double) -> [String] {
    let shown = rows.prefix(max(0, height - 1))
    let nameWidth = min(shown.map(\.id.count).max() ?? 0, max(12, width / 3))
    var lines = shown.map { line(of: $0, nameWidth: nameWidth, nowSeconds: nowSeconds) }
    var parts = ["\(endings.count)/\(total) stages"]
    for (ending, word) in [(Ending.cached, "cached"), (.failed, "failed"), (.skipped, "skipped")] {
      let count = endings.values.count { $0 == ending }
      if count > 0 { parts.append("\(count) \(word)") }
    }
    if shown.count < rows.count { parts.append("\(rows.count - shown.count) more running") }
    parts.append(Duration.text(seconds: nowSeconds))
    lines.append(parts.joined(separator: ", "))
    return lines.map { String($0.prefix(width)) }
  }

  private func line(of row: Row, nameWidth: Int, nowSeconds: Double) -> String {
    let elapsed = nowSeconds - row.startSeconds
    // The end of a long name tells instances apart.
    let name =
      row.id.count > nameWidth
      ? "…" + row.id.suffix(nameWidth - 1)
      : row.id.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
    guard let progress = row.progress else {
      return "\(name)  \(Self.bar(0))        \(Duration.text(seconds: elapsed))"
    }
    let percent = String(format: "%3d%%", Self.percent(progress.fraction))
    return "\(name)  \(Self.bar(progress.fraction)) \(percent)  "
      + Self.details(of: progress, elapsedSeconds: elapsed)
  }

  /// Whole percents of what a stage reports, whatever it reports.
  static func percent(_ fraction: Double) -> Int {
    fraction.isFinite ? Int(min(max(fraction, 0), 1) * 100) : 0
  }

  /// "epoch 2/3  loss 1.234  images/s 812  ETA 1:02".
  static func details(of progress: StageProgress, elapsedSeconds: Double) -> String {
    var parts = [progress.message]
    parts += progress.values.map { "\($0.name) \(number($0.value))" }
    if progress.fraction > 0.01, progress.fraction < 1 {
      let left = elapsedSeconds * (1 - progress.fraction) / progress.fraction
      parts.append("ETA \(Duration.text(seconds: left))")
    }
    return parts.joined(separator: "  ")
  }

  /// Three significant digits below 100, whole numbers above.
  private static func number(_ value: Double) -> String {
    String(format: abs(value) >= 100 ? "%.0f" : "%.3g", value)
  }

  private static func bar(_ fraction: Double) -> String {
    let width = 16
    let eighths = percent(fraction) * width * 8 / 100
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    let filled = String(repeating: "█", count: eighths / 8) + partial
    return filled + String(repeating: "·", count: width - filled.count)
  }
}

enum Duration {
  /// "0:07", "12:30", "1:02:03".
  static func text(seconds: Double) -> String {
    let whole = Int(max(0, seconds).rounded())
    let tail = String(format: "%02d", whole % 60)
    if whole < 3600 { return "\(whole / 60):\(tail)" }
    return "\(whole / 3600):" + String(format: "%02d", whole / 60 % 60) + ":\(tail)"
  }
}
