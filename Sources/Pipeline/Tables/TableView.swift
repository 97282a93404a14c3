/// A declared view (`tables:`) of the result tables of one stage's instances.
///
/// The long form has one row per row of each instance's table, with the instance's axis labels as
/// leading columns. The view pivots it: one line per distinct `rows` labels, one column per
/// distinct `columns` label, the cell being the mean over whatever is aggregated away.
package struct TableView: Sendable {
  package let name: String
  package let title: String
  /// `stage.output`
  package let stage: String
  package let output: String
  package let rows: [String]
  package let columns: [String]
  /// The measured columns; with `columns` empty each becomes a column of the view.
  package let values: [String]
  /// Row filters: column name -> labels that stay.
  package let filters: [(column: String, labels: [String])]
  /// Axes or columns that are aggregated away (mean, sd and n are kept).
  package let over: [String]
  /// Extra columns: name and one of min, max, mean over the pivot's columns.
  package let derived: [Derived]
  package let format: Format
  /// `nil` marks what the columns declare to be better.
  package let highlight: Highlight?
  package let location: SourceLocation
  /// How messages speak of it.
  var wording = Wording()

  /// Names for messages; a line plot is evaluated as the table of its points.
  struct Wording: Sendable {
    var view = "table"
    /// The keys that place labels.
    var dimensions = "'rows', 'columns' or 'over'"
    /// The key that names what is measured.
    var value = "'value'"
  }

  package struct Derived: Sendable {
    package enum Function: String, Sendable, CaseIterable { case min, max, mean }
    package let name: String
    package let function: Function

    package init(name: String, function: Function) {
      self.name = name
      self.function = function
    }
  }

  package struct Format: Sendable {
    package var numbers = NumberStyle(decimals: 3)
    /// Factor from stored to shown numbers (100 for percentages). Selectors see shown numbers.
    package var scale = 1.0
    package var showsSpread = false

    package init() {}
  }

  package struct Highlight: Sendable {
    /// `nil` marks nothing.
    package let prefersHigher: Bool?

    package init(prefersHigher: Bool?) {
      self.prefersHigher = prefersHigher
    }
  }

  package init(
    name: String, title: String, stage: String, output: String, rows: [String], columns: [String],
    values: [String], filters: [(column: String, labels: [String])], over: [String],
    derived: [Derived], format: Format, highlight: Highlight?, location: SourceLocation
  ) {
    self.name = name
    self.title = title
    self.stage = stage
    self.output = output
    self.rows = rows
    self.columns = columns
    self.values = values
    self.filters = filters
    self.over = over
    self.derived = derived
    self.format = format
    self.highlight = highlight
    self.location = location
  }
}
