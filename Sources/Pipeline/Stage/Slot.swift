/// What kind of content an artifact holds; an input accepts exactly its own kind.
package enum ArtifactType: String, Sendable, CaseIterable, Codable {
  case dataset, tensors, model, table, figure, text, json, file
  /// A whole folder, kept as one canonical archive.
  case directory
}

/// One column of a result table.
package struct Column: Sendable, Hashable {
  package enum Kind: String, Sendable { case string, int, double, bool }
  package enum Direction: String, Sendable { case higher, lower, none }

  package let name: String
  package let kind: Kind
  /// Unit of the stored numbers, empty when they have none ("fraction", "seconds").
  package let unit: String
  /// Which way is better, for highlights and comparisons.
  package let direction: Direction
  /// For a proportion: the column that holds its number of trials.
  package let countColumn: String?
  package let help: String

  package init(
    _ name: String, _ kind: Kind, unit: String = "", direction: Direction = .none,
    countColumn: String? = nil, help: String = ""
  ) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.direction = direction
    self.countColumn = countColumn
    self.help = help
  }
}

/// A named place where a stage reads one artifact, or an ordered list of them.
package struct InputSlot: Sendable {
  package let name: String
  package let type: ArtifactType
  package let isOptional: Bool
  package let isList: Bool
  package let help: String

  package init(
    _ name: String, _ type: ArtifactType, isOptional: Bool = false, isList: Bool = false,
    help: String
  ) {
    self.name = name
    self.type = type
    self.isOptional = isOptional
    self.isList = isList
    self.help = help
  }
}

/// How many records there are at most, as far as parameters say: those of an input, or the number
/// that a parameter allows; with both, the smaller.
package struct RecordBound: Sendable {
  package let input: String?
  package let parameter: String?

  package init(input: String? = nil, parameter: String? = nil) {
    self.input = input
    self.parameter = parameter
  }
}

/// A named file that a stage writes.
package struct OutputSlot: Sendable {
  package let name: String
  package let type: ArtifactType
  /// The schema of a table; empty for every other type, and for a table whose columns only its
  /// data will tell.
  package let columns: [Column]
  /// Of a data set, how many records it holds; of a table, how many trials stand behind each of its
  /// proportions. A claim that asks for more than so many trials can tell is refused before a run.
  package let bound: RecordBound?
  package let help: String

  package init(
    _ name: String, _ type: ArtifactType, columns: [Column] = [], bound: RecordBound? = nil,
    help: String
  ) {
    self.name = name
    self.type = type
    self.columns = columns
    self.bound = bound
    self.help = help
  }

  /// Whether the columns of this table are not known before it is written.
  package var hasOpenColumns: Bool { type == .table && columns.isEmpty }
}
