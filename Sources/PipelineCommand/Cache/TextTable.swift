/// Columns of plain text under heads.
struct TextTable {
  enum Alignment { case left, right }

  private var rows: [[String]]
  private let alignment: [Alignment]

  init(heads: [String], alignment: [Alignment]) {
    rows = [heads]
    self.alignment = alignment
  }

  mutating func append(_ row: [String]) { rows.append(row) }

  var text: String {
    let widths = alignment.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.indices.map { column -> String in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return alignment[column] == .left ? row[column] + space : space + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.prefix(through: line.lastIndex { $0 != " " } ?? line.startIndex)) + "\n"
    }.joined()
  }
}
