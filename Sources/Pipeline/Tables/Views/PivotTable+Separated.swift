extension PivotTable {
  package enum Separator: String, Sendable {
    case comma = ","
    case tab = "\t"
  }

  /// The pivot as separated values (RFC 4180 quoting, `\n` line ends): row labels, then each
  /// column's mean (with sd and n when several groups are averaged), data set and its hash. Numbers
  /// are written out: whoever reads them rounds them.
  package func separated(by separator: Separator) -> String {
    let isAveraged = groups.count > 1
    var header = rowAxes
    for column in columns {
      header.append(column.heading)
      if isAveraged { header += [column.heading + " sd", column.heading + " n"] }
    }
    var lines = [header + ["dataset", "dataset_hash"]]
    for (labels, row) in zip(rows, cells) {
      var line = labels
      for cell in row {
        line.append(Self.text(cell.mean))
        if isAveraged { line += [Self.text(cell.standardDeviation), String(cell.count)] }
      }
      lines.append(line + [dataset.name, dataset.hash])
    }
    return SeparatedValues.text(lines, separator: separator)
  }

  private static func text(_ number: Double?) -> String {
    number.map { $0.isFinite ? Value.double($0).plainText : "" } ?? ""
  }
}

extension Table {
  /// Header and rows as separated values; `null` becomes an empty field.
  package func separated(by separator: PivotTable.Separator) -> String {
    let body = rows.map { $0.map { $0 == .null ? "" : $0.plainText } }
    return SeparatedValues.text([columns.map(\.name)] + body, separator: separator)
  }
}

/// RFC 4180 quoting.
enum SeparatedValues {
  static func text(_ lines: [[String]], separator: PivotTable.Separator) -> String {
    lines.map { line in
      line.map { quoted($0, separator) }.joined(separator: separator.rawValue) + "\n"
    }.joined()
  }

  /// The fields of each line of comma-separated text; quoted fields may hold line breaks.
  static func lines(_ text: String) -> [[String]] {
    var lines: [[String]] = []
    var line: [String] = []
    var field = ""
    var isQuoted = false
    var characters = text.replacing("\r\n", with: "\n").makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch character {
      case "\"" where isQuoted && next == "\"":
        field.append(character)
        next = characters.next()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        line.append(field)
        field = ""
      case "\n" where !isQuoted:
        lines.append(line + [field])
        (line, field) = ([], "")
      default: field.append(character)
      }
    }
    if !line.isEmpty || !field.isEmpty { lines.append(line + [field]) }
    return lines
  }

  private static func quoted(_ field: String, _ separator: PivotTable.Separator) -> String {
    let special = field.unicodeScalars.contains { scalar in
      scalar == "\"" || scalar == "\n" || scalar == "\r" || String(scalar) == separator.rawValue
    }
    return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}
