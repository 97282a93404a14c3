extension Sheet {
  /// A LaTeX `table` for the package `booktabs`; the best cell of each column is bold.
  package var latex: String {
    let layout = columns.map { $0.isText ? "l" : "r" }.joined()
    func line(_ cells: [String]) -> String { "    " + cells.joined(separator: " & ") + " \\\\" }
    var lines = ["\\begin{table}", "  \\centering", "  \\begin{tabular}{\(layout)}"]
    lines += ["    \\toprule", line(columns.map(\.heading.latexEscaped)), "    \\midrule"]
    lines += rows.map { row in
      line(row.map { $0.isBest ? "\\textbf{\($0.text.latexEscaped)}" : $0.text.latexEscaped })
    }
    let remark = caption.isEmpty ? "" : " (\(caption.latexEscaped))"
    lines += [
      "    \\bottomrule", "  \\end{tabular}", "  \\caption{\(title.latexEscaped)\(remark)}",
      "\\end{table}",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// An HTML `table` element without styles; the best cell of each column is `strong`.
  package var html: String {
    let remark = caption.isEmpty ? "" : " <small>\(caption.htmlEscaped)</small>"
    var lines = ["<table>", "  <caption>\(title.htmlEscaped)\(remark)</caption>"]
    lines.append(
      "  <thead><tr>" + columns.map { element("th", $0.heading) }.joined() + "</tr></thead>")
    lines.append("  <tbody>")
    for row in rows {
      let cells = row.enumerated().map { index, cell in
        element(index < labelCount ? "th" : "td", cell.text, isStrong: cell.isBest)
      }
      lines.append("    <tr>" + cells.joined() + "</tr>")
    }
    return (lines + ["  </tbody>", "</table>"]).joined(separator: "\n") + "\n"
  }

  private func element(_ name: String, _ text: String, isStrong: Bool = false) -> String {
    let inner = isStrong ? "<strong>\(text.htmlEscaped)</strong>" : text.htmlEscaped
    return "<\(name)>\(inner)</\(name)>"
  }
}

extension String {
  var htmlEscaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  fileprivate var latexEscaped: String {
    var text = ""
    for character in self {
      switch character {
      case "\\": text += "\\textbackslash{}"
      case "~": text += "\\textasciitilde{}"
      case "^": text += "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": text += "\\\(character)"
      case "±": text += "$\\pm$"
      case "–": text += "--"
      case "<": text += "$<$"
      case ">": text += "$>$"
      default: text.append(character)
      }
    }
    return text
  }
}
