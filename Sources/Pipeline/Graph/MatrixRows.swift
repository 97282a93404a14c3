/// Expands the axes of one stage to rows of labels: the product, less `exclude`, plus `include`.
struct MatrixRows {
  private(set) var axes: [AxisSpec]
  /// Indices into the entries of each axis, the last axis running fastest; added rows last.
  private(set) var rows: [[Int]] = []

  private let stage: StageSpec
  private let limit: Int
  private let errors: DiagnosticCollector

  init(axes: [AxisSpec], stage: StageSpec, limit: Int, errors: DiagnosticCollector) {
    self.axes = axes
    self.stage = stage
    self.limit = limit
    self.errors = errors
  }

  /// - Returns: whether the rows are sound.
  mutating func expand() -> Bool {
    var count = 1
    for axis in axes {
      count *= axis.entries.count
      guard count <= limit else {
        errors.error(
          at: stage.location,
          "stage '\(stage.name)' has more than \(limit) instances",
          why: "its axes multiply: "
            + axes.map { "\($0.name) \($0.entries.count)" }.joined(separator: " x "),
          fix: "take an axis or labels out")
        return false
      }
    }
    rows = [[]]
    for axis in axes { rows = rows.flatMap { row in axis.entries.indices.map { row + [$0] } } }
    var isSound = true
    for node in stage.matrix.exclude {
      guard let pattern = pattern(of: node) else {
        isSound = false
        continue
      }
      rows.removeAll { row in zip(row, pattern).allSatisfy { $1?.contains($0) ?? true } }
    }
    for node in stage.matrix.include where !isNarrowedAway(node) {
      guard let row = added(node) else {
        isSound = false
        continue
      }
      if rows.contains(row) {
        errors.error(
          at: node.location, "this row of stage '\(stage.name)' exists already",
          why: "'include' only adds rows", fix: "remove it")
      } else {
        rows.append(row)
      }
    }
    if rows.isEmpty, isSound {
      errors.error(
        at: stage.location, "stage '\(stage.name)' has no instances left",
        why: "'exclude' takes all of them out", fix: "exclude less, or remove the stage")
    }
    return isSound && !rows.isEmpty
  }

  /// Whether a row to add has a label that a change from outside took away: then it goes, too.
  private func isNarrowedAway(_ node: YAMLNode) -> Bool {
    (node.entries ?? []).contains { entry in
      axes.first { $0.name == entry.key }?.isNarrowedAway(entry.value) ?? false
    }
  }

  /// Allowed entries for each axis, `nil` where a row to exclude does not name the axis.
  private func pattern(of node: YAMLNode) -> [Set<Int>?]? {
    var pattern = [Set<Int>?](repeating: nil, count: axes.count)
    var isSound = true
    for entry in node.entries ?? [] {
      guard let place = place(of: entry) else {
        isSound = false
        continue
      }
      var indices: Set<Int> = []
      for item in entry.value.items ?? [entry.value] where !axes[place].isNarrowedAway(item) {
        if let index = axes[place].index(of: item) {
          indices.insert(index)
        } else {
          errors.missingLabel(item, of: axes[place])
          isSound = false
        }
      }
      pattern[place] = indices
    }
    return isSound ? pattern : nil
  }

  /// A whole row; an axis of the stage's own may get a new value in it.
  private mutating func added(_ node: YAMLNode) -> [Int]? {
    var row = [Int?](repeating: nil, count: axes.count)
    for entry in node.entries ?? [] {
      guard let place = place(of: entry) else { return nil }
      if let index = axes[place].index(of: entry.value) {
        row[place] = index
        continue
      }
      let name = axes[place].name
      guard stage.matrix.local.contains(where: { $0.name == name }) else {
        errors.missingLabel(entry.value, of: axes[place])
        return nil
      }
      let list = YAMLNode(.list([entry.value]), at: entry.value.location)
      guard
        let single = AxisSpec(name, at: entry.keyLocation, list, origin: "include", errors)
      else { return nil }
      axes[place].append(single.entries[0])
      row[place] = axes[place].entries.count - 1
    }
    if let missing = row.firstIndex(of: nil) {
      errors.error(
        at: node.location, "this row does not name the axis '\(axes[missing].name)'",
        why: "'include' adds whole rows", fix: "give each axis of the stage a label")
      return nil
    }
    return row.compactMap(\.self)
  }

  private func place(of entry: YAMLNode.Entry) -> Int? {
    if let place = axes.firstIndex(where: { $0.name == entry.key }) { return place }
    errors.error(
      at: entry.keyLocation, "stage '\(stage.name)' does not vary over '\(entry.key)'",
      fix: DiagnosticCollector.remedy(
        for: entry.key, among: axes.map(\.name), none: "list axes first"))
    return nil
  }
}

extension DiagnosticCollector {
  func missingLabel(_ node: YAMLNode, of axis: AxisSpec) {
    let labels = axis.entries.map(\.label)
    let isNarrowed = axis.isNarrowedAway(node)
    error(
      at: node.location, "axis '\(axis.name)' has no label '\(node.text ?? node.value.plainText)'",
      why: "its labels: " + labels.prefix(20).joined(separator: ", "),
      fix: isNarrowed
        ? "keep it where the axis is narrowed (\(axis.location.shortText))"
        : nearestName(to: node.value.plainText, in: labels).map { "did you mean '\($0)'?" } ?? "")
  }
}
