extension RunPage {
  /// Longer tables are cut; they are whole in the files beside the report.
  private static let rowLimit = 200
  /// Longer tables are folded.
  private static let openRowLimit = 30

  var tableSection: HTML {
    if tables.isEmpty && problems.isEmpty { return .empty }
    return section(
      "tables", "Tables",
      note: tables.isEmpty ? "" : "Each number leads to the stage that computed it."
    ) {
      if !problems.isEmpty {
        tag("div", ["class": "notice fail"]) {
          tag("h3") { "✕ Not made" }
          tag("ul") { for problem in problems { tag("li") { problem } } }
        }
      }
      for table in tables { block(table) }
    }
  }

  private func block(_ table: PivotTable) -> HTML {
    let rows = Array(table.rows.indices.prefix(Self.rowLimit))
    let behind = rows.map { sources.instances(of: table, row: $0) }
    let title = table.title.isEmpty ? table.name.spaced : table.title
    let content = body(table, title, rows, behind)
    guard table.rows.count > Self.openRowLimit else {
      return tag("div", ["class": "table", "id": "t-\(table.name.fileSafe)"]) { content }
    }
    return tag("details", ["class": "table"]) {
      tag("summary") {
        tag("b") { title }
        tag("span", ["class": "note"]) { " \(table.rows.count) rows" }
      }
      tag("div", ["id": "t-\(table.name.fileSafe)"]) { content }
    }
  }

  private func body(
    _ table: PivotTable, _ title: String, _ rows: [Int], _ behind: [[Int]]
  ) -> HTML {
    HTML.joined([
      scrolling(title) {
        tag("table") {
          tag("caption") {
            tag("b") { title }
            tag("span") { table.caption }
          }
          tag("thead") { tag("tr") { headings(table) } }
          tag("tbody") {
            let best = table.bestCells
            for row in rows { cells(table, row: row, best: best) }
          }
        }
      },
      table.rows.count > rows.count
        ? tag("p", ["class": "note"]) {
          "\(table.rows.count - rows.count) more rows are in "
          code("tables/\(table.name).csv")
        } : .empty,
      origins(table, rows, behind),
    ])
  }

  private func headings(_ table: PivotTable) -> HTML {
    .joined(
      table.rowAxes.map { axis in
        tag("th", ["scope": "col", "class": "text"]) { axis.spaced }
      }
        + table.columns.map { column in
          tag("th", ["scope": "col", "class": column.isDerived ? "derived" : nil]) {
            column.heading.spaced
          }
        })
  }

  private func cells(
    _ table: PivotTable, row: Int, best: Set<[Int]>
  ) -> HTML {
    tag("tr") {
      for label in table.rows[row] { tag("th", ["scope": "row", "class": "text"]) { label } }
      for index in table.columns.indices {
        let column = table.columns[index]
        let isBest = best.contains([row, index])
        tag("td", ["class": Self.style(isBest: isBest, isDerived: column.isDerived)]) {
          number(table, row: row, column: index, isBest: isBest)
        }
      }
    }
  }

  private static func style(isBest: Bool, isDerived: Bool) -> String? {
    let names = [isBest ? "best" : "", isDerived ? "derived" : ""].filter { !$0.isEmpty }
    return names.isEmpty ? nil : names.joined(separator: " ")
  }

  private func number(
    _ table: PivotTable, row: Int, column: Int, isBest: Bool
  ) -> HTML {
    let cell = table.cells[row][column]
    let text = table.cellText(row: row, column: column)
    guard cell.mean != nil else { return tag("span", ["title": "no value"]) { text } }
    let behind = sources.instances(of: table, row: row, column: column)
    // One instance: straight to it. Several (seeds): to the list below the table.
    let place =
      behind.count == 1 ? place(of: behind[0]) : "#o-\(table.name.fileSafe)-\(row)"
    let seeds = cell.values.compactMap { $0.map { NumberText.short($0, decimals: 4) } }
    let tip =
      seeds.count > 1
      ? "per \(table.groupAxes.joined(separator: ", ")): "
        + seeds.prefix(20).joined(separator: ", ") : nil
    let spread = text.firstRange(of: " ±").map { text[$0.lowerBound...] } ?? ""
    return tag("a", ["href": behind.isEmpty ? nil : place, "title": tip]) {
      String(text.dropLast(spread.count))
      if !spread.isEmpty { tag("span", ["class": "spread"]) { String(spread) } }
      if isBest { tag("span", ["class": "hidden"]) { " (best)" } }
    }
  }

  /// The instances behind each row, folded away.
  private func origins(_ table: PivotTable, _ rows: [Int], _ behind: [[Int]]) -> HTML {
    guard behind.contains(where: { $0.count > 1 }) else { return .empty }
    return tag("details", ["class": "origins"]) {
      tag("summary") { "Where these numbers come from" }
      tag("ul") {
        for (row, indices) in zip(rows, behind) {
          tag("li", ["id": "o-\(table.name.fileSafe)-\(row)"]) {
            tag("b") { table.rows[row].joined(separator: " ") }
            ": "
            links(indices)
          }
        }
      }
    }
  }
}
