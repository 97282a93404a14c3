extension Sheet {
  /// Aligned text: title and caption, header, one line per row. Columns that do not fit into
  /// `width` characters follow in further blocks that repeat the row labels.
  package func terminalText(width: Int = 100, style: PivotTable.Style = .plain) -> String {
    var lines = [title] + (caption.isEmpty ? [] : ["  " + caption])
    let widths = columns.indices.map { column in
      max(columns[column].heading.count, rows.map { $0[column].text.count }.max() ?? 0)
    }
    let labels = Array(0..<labelCount)
    let labelTotal = labels.reduce(0) { $0 + widths[$1] + 2 }
    for block in blocks(widths, room: max(width - labelTotal - 2, 20)) {
      let shown = labels + block
      func line(_ texts: [String]) { lines.append("  " + texts.joined(separator: "  ")) }
      line(shown.map { pad(columns[$0].heading, widths[$0], left: !columns[$0].isText) })
      line(shown.map { String(repeating: "─", count: widths[$0]) })
      for row in rows {
        line(
          shown.map { column in
            let text = pad(row[column].text, widths[column], left: !columns[column].isText)
            return style == .ansi && row[column].isBest ? "\u{1B}[1m\(text)\u{1B}[0m" : text
          })
      }
      lines.append("")
    }
    return lines.map(\.withoutTrailingSpace).joined(separator: "\n")
  }

  /// A Markdown table; the best cell of each column is bold.
  package var markdown: String {
    var lines = [
      "**\(title.markdownCell)**" + (caption.isEmpty ? "" : " (\(caption.markdownCell))"), "",
    ]
    lines.append(markdownLine(columns.map(\.heading.markdownCell)))
    lines.append(markdownLine(columns.map { $0.isText ? "---" : "---:" }))
    for row in rows {
      lines.append(
        markdownLine(row.map { $0.isBest ? "**\($0.text.markdownCell)**" : $0.text.markdownCell }))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Header and rows as separated values.
  package func separated(by separator: PivotTable.Separator) -> String {
    SeparatedValues.text(
      [columns.map(\.heading)] + rows.map { $0.map(\.text) }, separator: separator)
  }

  /// Runs of value columns that fit into `room` characters, at least one column each.
  private func blocks(_ widths: [Int], room: Int) -> [[Int]] {
    var blocks: [[Int]] = [[]]
    var used = 0
    for column in widths.indices.dropFirst(labelCount) {
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

  private func pad(_ text: String, _ width: Int, left: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return left ? space + text : text + space
  }

  private func markdownLine(_ parts: [String]) -> String {
    "| " + parts.joined(separator: " | ") + " |"
  }
}

extension String {
  fileprivate var withoutTrailingSpace: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension PivotTable {
  /// Styles for terminals that understand them.
  package enum Style: Sendable { case plain, ansi }

  package func terminalText(width: Int = 100, style: Style = .plain) -> String {
    sheet.terminalText(width: width, style: style)
  }

  package var markdown: String { sheet.markdown }
}
