/// An evaluated table view: what the terminal, the files and the expectations see.
///
/// Numbers are in shown units (after the view's `scale`).
package struct PivotTable: Sendable, Hashable {
  package let name: String
  package let title: String
  /// The rows behind it, as `stage.output`.
  package let source: String
  /// Which of these rows it shows.
  package let filters: [Filter]
  package let dataset: DatasetReference
  package let rowAxes: [String]
  package let columnAxes: [String]
  /// Labels of what is aggregated away, usually the seeds; one empty label when nothing is.
  package let groups: [String]
  /// Names of the aggregated axes ("seed"), empty when nothing is.
  package let groupAxes: [String]
  /// Unit of the shown numbers ("%"), empty when they have none or several.
  package let unit: String
  /// Factor from stored to shown numbers.
  package let scale: Double
  package internal(set) var numbers: NumberStyle
  package let showsSpread: Bool
  /// Whether the highest or the lowest number of each column is marked; `nil` leaves it to the
  /// direction of each column.
  package let bestIsHigher: Bool?
  /// Labels on the row axes, in order of appearance.
  package internal(set) var rows: [[String]]
  package internal(set) var columns: [PivotColumn]
  /// `[row][column]`
  package internal(set) var cells: [[PivotCell]]

  /// Rows stay whose column carries one of the labels.
  package struct Filter: Sendable, Hashable {
    package let column: String
    package let labels: [String]
  }
}

/// A column of an evaluated view.
package struct PivotColumn: Sendable, Hashable {
  /// Labels on the column axes; empty for a derived column and without column axes.
  package let labels: [String]
  /// The measured column, or the name of the derived one.
  package let value: String
  package let isDerived: Bool
  /// Which way is better; `none` where nobody says, or where a derived column mixes directions.
  package let direction: Column.Direction
  /// What stands above it.
  package let heading: String
  /// Whether it counts something: such numbers are shown without digits after the point.
  package var isWhole = false
}

/// The values of one cell, one for each aggregated group.
package struct PivotCell: Sendable, Hashable {
  /// `nil` where a group (a seed) has no value or an undefined one.
  package let values: [Double?]
  /// For a proportion, the number of trials behind each value; empty for everything else.
  package let trials: [Int]

  package init(values: [Double?], trials: [Int] = []) {
    self.values = values
    self.trials = trials
  }

  /// How many groups have a value.
  package var count: Int { values.count { $0 != nil } }

  /// Whether every group has a value; only such cells can support a claim.
  package var isComplete: Bool { count == values.count }

  /// The mean of the values that exist.
  package var mean: Double? {
    let known = values.compactMap(\.self)
    let count = Double(known.count)
    let mean = known.reduce(0, +) / count
    // Their sum may be too large for a number although their mean is not.
    return known.isEmpty ? nil : mean.isFinite ? mean : known.reduce(0) { $0 + $1 / count }
  }

  /// The mean where it can be drawn: numbers above 1e308 cannot.
  var finiteMean: Double? { mean.flatMap { $0.isFinite ? $0 : nil } }

  /// The standard deviation (n - 1); `nil` for fewer than two values.
  package var standardDeviation: Double? {
    let known = values.compactMap(\.self)
    guard known.count > 1, let mean else { return nil }
    let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(known.count - 1)).squareRoot()
  }
}
