/// A table as text: what every form for people is made from.
package struct Sheet: Sendable, Hashable {
  package struct Column: Sendable, Hashable {
    package let heading: String
    /// Labels stand on the left, numbers on the right.
    package let isText: Bool

    package init(_ heading: String, isText: Bool = false) {
      self.heading = heading
      self.isText = isText
    }
  }

  package struct Cell: Sendable, Hashable {
    package let text: String
    /// Whether it is marked as the best of its column.
    package let isBest: Bool

    package init(_ text: String, isBest: Bool = false) {
      self.text = text
      self.isBest = isBest
    }
  }

  package let title: String
  /// Data set, unit, what is averaged; may be empty.
  package let caption: String
  package let columns: [Column]
  /// How many columns, from the first, name the row.
  package let labelCount: Int
  package let rows: [[Cell]]

  package init(
    title: String, caption: String = "", columns: [Column], labelCount: Int, rows: [[Cell]]
  ) {
    self.title = title
    self.caption = caption
    self.columns = columns
    self.labelCount = labelCount
    self.rows = rows
  }

  /// Rows as columns: the row labels, joined, become the headings.
  package var transposed: Sheet {
    let heads = rows.map { row in
      Column(row.prefix(labelCount).map(\.text).joined(separator: " "))
    }
    let corner = columns.prefix(labelCount).map(\.heading).joined(separator: " ")
    return Sheet(
      title: title, caption: caption, columns: [Column(corner, isText: true)] + heads,
      labelCount: 1,
      rows: columns.indices.dropFirst(labelCount).map { column in
        [Cell(columns[column].heading)] + rows.map { $0[column] }
      })
  }
}

extension PivotTable {
  /// The table with its numbers written out and the best cell of each column marked.
  package var sheet: Sheet {
    let best = bestCells
    return Sheet(
      title: title.isEmpty ? name : title, caption: caption,
      columns: rowAxes.map { .init($0, isText: true) } + columns.map { .init($0.heading) },
      labelCount: rowAxes.count,
      rows: rows.indices.map { row in
        rows[row].map { Sheet.Cell($0) }
          + columns.indices.map { column in
            Sheet.Cell(
              cellText(row: row, column: column), isBest: best.contains([row, column]))
          }
      })
  }

  /// "cifar10, in %, mean over 3 of seed, n = 500"
  var caption: String {
    var parts = dataset.name.isEmpty ? [] : [dataset.name]
    if !unit.isEmpty { parts.append(unit == "%" ? "in %" : unit) }
    if !groupAxes.isEmpty {
      let axes = groupAxes.joined(separator: ", ")
      parts.append(groups.count == 1 ? "one \(axes)" : "mean over \(groups.count) of \(axes)")
    }
    if let trials { parts.append("n = \(trials)") }
    return parts.joined(separator: ", ")
  }

  /// The number of trials behind each proportion, of one seed: "500", "440 to 500"; `nil` unless
  /// all columns are proportions.
  private var trials: String? {
    let measured = columns.indices.filter { !columns[$0].isDerived }
    let cells = self.cells.flatMap { row in measured.map { row[$0] } }.filter { $0.count > 0 }
    guard !cells.isEmpty, cells.allSatisfy({ !$0.trials.isEmpty }) else { return nil }
    let counts = cells.flatMap(\.trials).filter { $0 > 0 }
    guard let low = counts.min(), let high = counts.max() else { return nil }
    return low == high ? String(low) : "\(low) to \(high)"
  }

  /// "88.26", "88.26 ± 0.31" (never for one seed), "88.26 (2 of 3)" when seeds are missing, "–".
  /// Counts are whole, means of counts have one digit after the point.
  func cellText(row: Int, column: Int) -> String {
    let (cell, isWhole) = (cells[row][column], columns[column].isWhole)
    guard let mean = cell.mean else { return "–" }
    let isCount = isWhole && mean == mean.rounded() && !showsSpread
    var form = numbers
    if isWhole { form = NumberStyle(decimals: isCount ? 0 : min(numbers.decimals, 1)) }
    var text = form.text(mean)
    if showsSpread, let spread = cell.standardDeviation {
      text += " ± " + form.text(spread)
    }
    return cell.isComplete ? text : text + " (\(cell.count) of \(cell.values.count))"
  }

  /// `[row, column]` of the best complete cell of each column, ties included.
  var bestCells: Set<[Int]> {
    var best: Set<[Int]> = []
    for column in columns.indices {
      let direction = columns[column].direction
      guard let isHigher = bestIsHigher ?? direction.prefersHigher else { continue }
      let candidates = rows.indices.filter { cells[$0][column].isComplete }
      let means = candidates.compactMap { cells[$0][column].mean }
      // A column of equal numbers has no best one.
      guard Set(means).count > 1, let top = isHigher ? means.max() : means.min() else { continue }
      for row in candidates where cells[row][column].mean == top { best.insert([row, column]) }
    }
    return best
  }
}

extension Column.Direction {
  /// `nil` when neither way is better.
  var prefersHigher: Bool? {
    switch self {
    case .higher: true
    case .lower: false
    case .none: nil
    }
  }
}

extension Table {
  /// The rows as they are; numbers with at most `decimals` digits after the point.
  ///
  /// - Parameters:
  ///   - title: what stands above it.
  ///   - axisCount: how many columns, from the first, name the instance.
  ///   - decimals: of fractional numbers.
  /// - Returns: one line for each row.
  package func sheet(title: String, axisCount: Int, decimals: Int) -> Sheet {
    Sheet(
      title: title,
      columns: columns.map { .init($0.name, isText: $0.kind == .string) }, labelCount: axisCount,
      rows: rows.map { row in
        row.map { value in
          switch value {
          case .null: Sheet.Cell("–")
          case .double(let number): Sheet.Cell(NumberText.short(number, decimals: decimals))
          default: Sheet.Cell(value.plainText)
          }
        }
      })
  }
}
