/// Which instances make which cells: through the view's filters, rows, columns and what is
/// averaged away, row by row of the instances' tables, so that it is exact.
extension PivotTable {
  /// All places of the table.
  var places: [Place] {
    rows.indices.flatMap { row in columns.indices.map { Place(row: row, column: $0) } }
  }

  /// The instances with a row in one of the cells. A derived cell is made of all cells of its row;
  /// whatever is averaged away counts with all of its labels.
  ///
  /// - Returns: positions in `instances`, in order.
  func instances(behind places: [Place], among instances: [InstanceResult]) -> [Int] {
    var wanted: [[String]: Set<[String]>] = [:]
    var wholeRows: Set<[String]> = []
    for place in places {
      if columns[place.column].isDerived {
        wholeRows.insert(rows[place.row])
      } else {
        wanted[rows[place.row], default: []].insert(columns[place.column].labels)
      }
    }
    return instances.indices.filter { index in
      landings(of: instances[index]).contains { landing in
        wholeRows.contains(landing.row) || wanted[landing.row]?.contains(landing.column) == true
      }
    }
  }

  /// The cells that rows of these instances fall into, with the derived cells beside them.
  ///
  /// - Parameters:
  ///   - makers: positions in `instances`.
  ///   - instances: all instances of the run.
  /// - Returns: places in order of the table.
  func places(madeBy makers: Set<Int>, among instances: [InstanceResult]) -> [Place] {
    var found: [[String]: Set<[String]>] = [:]
    for maker in makers {
      for landing in landings(of: instances[maker]) {
        found[landing.row, default: []].insert(landing.column)
      }
    }
    return places.filter { place in
      guard let columns = found[rows[place.row]] else { return false }
      let column = self.columns[place.column]
      return column.isDerived || columns.contains(column.labels)
    }
  }

  private struct Landing: Hashable {
    let row: [String]
    let column: [String]
  }

  /// Where the rows of an instance fall; names are looked up among its axes, then among its
  /// table's columns, as the long form does.
  private func landings(of instance: InstanceResult) -> Set<Landing> {
    let parts = source.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, instance.stage == parts[0], let table = instance.tables[parts[1]]
    else { return [] }
    let labels = Dictionary(
      instance.labels.map { ($0.axis, $0.label) }, uniquingKeysWith: { first, _ in first })
    let indices = Dictionary(
      table.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var found: Set<Landing> = []
    for row in table.rows {
      func text(_ name: String) -> String {
        labels[name] ?? indices[name].map { row[$0].plainText } ?? ""
      }
      guard filters.allSatisfy({ $0.labels.contains(text($0.column)) }) else { continue }
      found.insert(Landing(row: rowAxes.map(text), column: columnAxes.map(text)))
    }
    return found
  }
}
