/// Collects long rows into cells while a view is evaluated.
struct Pivot {
  /// Where the view's columns stand in the long table.
  struct Axes {
    var rows: [Int] = []
    var columns: [Int] = []
    var groups: [Int] = []
    var values: [Int] = []
    var filters: [(index: Int, labels: [String])] = []
  }

  private struct Place: Hashable {
    let row: [String]
    let column: [String]
    let group: String
  }

  private(set) var rowLabels: [[String]] = []
  private(set) var columnLabels: [[String]] = []
  private(set) var groups: [String] = []
  private var seenRows: Set<[String]> = []
  private var seenColumns: Set<[String]> = []
  private var seenGroups: Set<String> = []
  private var rowsByPlace: [Place: [Value]] = [:]
  private let view: TableView
  private let long: LongTable
  private let axes: Axes

  init(view: TableView, long: LongTable, axes: Axes) {
    self.view = view
    self.long = long
    self.axes = axes
  }

  var isEmpty: Bool { rowsByPlace.isEmpty }

  func keeps(_ row: [Value]) -> Bool {
    axes.filters.allSatisfy { $0.labels.contains(row[$0.index].plainText) }
  }

  /// - Returns: the row that already stands in this row's cell, if one does.
  mutating func add(_ row: [Value]) -> [Value]? {
    let place = Place(
      row: axes.rows.map { row[$0].plainText }, column: axes.columns.map { row[$0].plainText },
      group: axes.groups.map { row[$0].plainText }.joined(separator: ","))
    note(place.row, place.column, place.group)
    return rowsByPlace.updateValue(row, forKey: place)
  }

  /// Makes room for an instance that failed, as far as its axes say where it belongs.
  mutating func addAbsent(_ labels: [AxisLabel]) {
    let byAxis = Dictionary(labels.map { ($0.axis, $0.label) }, uniquingKeysWith: { a, _ in a })
    for filter in view.filters {
      if let label = byAxis[filter.column], !filter.labels.contains(label) { return }
    }
    func place(on names: [String]) -> [String]? {
      let found = names.compactMap { byAxis[$0] }
      return found.count == names.count ? found : nil
    }
    note(
      place(on: view.rows), place(on: view.columns), place(on: view.over)?.joined(separator: ","))
  }

  private mutating func note(_ row: [String]?, _ column: [String]?, _ group: String?) {
    if let row, seenRows.insert(row).inserted { rowLabels.append(row) }
    if let column, seenColumns.insert(column).inserted { columnLabels.append(column) }
    if let group, seenGroups.insert(group).inserted { groups.append(group) }
  }

  func cell(row: [String], column: PivotColumn) -> PivotCell {
    guard let index = long.index(of: column.value) else {
      preconditionFailure("pivot: column '\(column.value)' was not checked")
    }
    let found = groups.map { rowsByPlace[Place(row: row, column: column.labels, group: $0)] }
    let values = found.map { row -> Double? in
      switch row?[index] {
      case .double(let number): number * view.format.scale
      case .int(let number): Double(number) * view.format.scale
      case .bool(let flag): (flag ? 1 : 0) * view.format.scale
      default: nil
      }
    }
    guard let count = long.table.columns[index].countColumn.flatMap(long.index) else {
      return PivotCell(values: values)
    }
    return PivotCell(values: values, trials: found.map { $0?[count].integer ?? 0 })
  }
}
