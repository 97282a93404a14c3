extension PivotTable {
  /// Styles for terminals that understand them.
  package enum Style: Sendable { case plain, ansi }

  /// Aligned text: title and data set, header, one line per row. Columns that do not fit into
  /// `width` characters follow in further blocks that repeat the row labels.
  package func terminalText(width: Int = 100, style: Style = .plain) -> String {
    let best = bestCells
    var lines = [title.isEmpty ? name : title, "  " + caption]
    let labelWidths = rowAxes.indices.map { axis in
      max(rowAxes[axis].count, rows.map { $0[axis].count }.max() ?? 0)
    }
    let texts = cells.map { $0.map(cellText) }
    let widths = columns.indices.map { column in
      max(columns[column].heading.count, texts.map { $0[column].count }.max() ?? 0)
    }
    let labelTotal = labelWidths.reduce(0) { $0 + $1 + 2 }
    for block in blocks(widths, room: max(width - labelTotal - 2, 20)) {
      let heading = block.map { pad(columns[$0].heading, widths[$0], left: true) }
      let labels = zip(rowAxes, labelWidths).map { pad($0, $1) }
      lines.append("  " + (labels + heading).joined(separator: "  "))
      lines.append(
        "  "
          + (labelWidths + block.map { widths[$0] })
          .map { String(repeating: "─", count: $0) }.joined(separator: "  "))
      for row in rows.indices {
        let labels = zip(rows[row], labelWidths).map { pad($0, $1) }
        let values = block.map { column in
          let text = pad(texts[row][column], widths[column], left: true)
          let isBest = style == .ansi && best.contains([row, column])
          return isBest ? "\u{1B}[1m\(text)\u{1B}[0m" : text
        }
        lines.append("  " + (labels + values).joined(separator: "  "))
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  /// A Markdown table; the best cell of each column is bold when the view highlights.
  package var markdown: String {
    let best = bestCells
    var lines = ["**\(escaped(title.isEmpty ? name : title))** (\(escaped(caption)))", ""]
    lines.append(line((rowAxes + columns.map(\.heading)).map(escaped)))
    lines.append(line(rowAxes.map { _ in "---" } + columns.map { _ in "---:" }))
    for row in rows.indices {
      let values = columns.indices.map { column in
        let text = cellText(cells[row][column])
        return best.contains([row, column]) ? "**\(text)**" : text
      }
      lines.append(line(rows[row].map(escaped) + values))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "cifar10, mean over 3 of seed"
  var caption: String {
    var parts = dataset.name.isEmpty ? [] : [dataset.name]
    if !unit.isEmpty { parts.append(unit == "%" ? "in %" : unit) }
    if !groupAxes.isEmpty {
      let axes = groupAxes.joined(separator: ", ")
      parts.append(groups.count == 1 ? "one \(axes)" : "mean over \(groups.count) of \(axes)")
    }
    return parts.joined(separator: ", ")
  }

  /// "88.26", "88.26 ± 0.31" (never for one seed), "88.26 (2 of 3)" when seeds are missing, "–".
  func cellText(_ cell: PivotCell) -> String {
    guard let mean = cell.mean else { return "–" }
    var text = NumberText.fixed(mean, decimals: decimals)
    if showsSpread, let spread = cell.standardDeviation {
      text += " ± " + NumberText.fixed(spread, decimals: decimals)
    }
    return cell.isComplete ? text : text + " (\(cell.count) of \(cell.values.count))"
  }

  /// `[row, column]` of the best complete cell of each column, ties included.
  private var bestCells: Set<[Int]> {
    guard let bestIsHigher else { return [] }
    var best: Set<[Int]> = []
    for column in columns.indices {
      let candidates = rows.indices.filter { cells[$0][column].isComplete }
      let means = candidates.compactMap { cells[$0][column].mean }
      guard means.count > 1, let top = bestIsHigher ? means.max() : means.min() else { continue }
      for row in candidates where cells[row][column].mean == top { best.insert([row, column]) }
    }
    return best
  }

  /// Runs of columns that fit into `room` characters, at least one column each.
  private func blocks(_ widths: [Int], room: Int) -> [[Int]] {
    var blocks: [[Int]] = [[]]
    var used = 0
    for column in widths.indices {
      let needed = widths[column] + 2
      if used + needed > room, blocks[blocks.count - 1].isEmpty == false {
        blocks.append([])
        used = 0
      }
      blocks[blocks.count - 1].append(column)
      used += needed
    }
    return blocks
  }

  private func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return left ? space + text : text + space
  }

  private func line(_ parts: [String]) -> String { "| " + parts.joined(separator: " | ") + " |" }

  private func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
