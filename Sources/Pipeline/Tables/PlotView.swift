/// A declared figure (`plots:`).
package struct PlotView: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// SVG lines of `y` over `x`, one per `color` label.
    case line
    /// SVG points of `y` against `x`, one colour per `color` label.
    case scatter
    /// SVG heat map of a table view.
    case heatmap
    /// PNG sheet: the figure artifacts of a stage's instances under each other, or side by side
    /// by the labels of the axis `x`.
    case images
  }

  package let name: String
  package let title: String
  package let kind: Kind
  /// `stage.output`, for every kind but `heatmap`.
  package let stage: String
  package let output: String
  /// Name of the table view, for `heatmap`.
  package let table: String
  package let x: String
  package let y: String
  package let color: String
  package let over: [String]
  package let filters: [(column: String, labels: [String])]
  package let location: SourceLocation

  package init(
    name: String, title: String, kind: Kind, stage: String, output: String, table: String,
    x: String, y: String, color: String, over: [String],
    filters: [(column: String, labels: [String])], location: SourceLocation
  ) {
    self.name = name
    self.title = title
    self.kind = kind
    self.stage = stage
    self.output = output
    self.table = table
    self.x = x
    self.y = y
    self.color = color
    self.over = over
    self.filters = filters
    self.location = location
  }
}
