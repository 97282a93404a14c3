/// Reads `tables`, `plots` and `expect` and checks every name in them against the stages.
struct ViewReader {
  let spec: Spec
  let profile: String
  let stages: [String: CheckedStage]
  let errors: DiagnosticCollector

  init(spec: Spec, profile: String, stages: [CheckedStage], errors: DiagnosticCollector) {
    self.spec = spec
    self.profile = profile
    self.stages = Dictionary(
      stages.map { ($0.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.errors = errors
  }

  /// The views and claims; a view of which a change from outside left nothing is not among them,
  /// and claims about it are not judged.
  func read() -> (tables: [TableView], plots: [PlotView], expectations: [Expectation]) {
    let tables = spec.tables.compactMap(table)
    let shown = tables.filter { !$0.filters.contains { $0.labels.isEmpty } }
    let plots = spec.plots.compactMap { plot($0, tables: tables) }.filter { plot in
      !plot.filters.contains { $0.labels.isEmpty }
        && (plot.table.isEmpty || shown.contains { $0.name == plot.table })
    }
    return (shown, plots, expectations(over: tables))
  }

  /// An output of a checked stage that a view shows.
  struct Source {
    let stage: CheckedStage
    let output: OutputSlot

    var dimensions: [String] { stage.axes.map(\.name) + output.columns.map(\.name) }
    var measures: [String] {
      output.columns.filter { $0.kind == .int || $0.kind == .double }.map(\.name)
    }
    /// Names that only the data can confirm, or that a mistake in the stage hides.
    var isOpen: Bool { output.hasOpenColumns || !stage.hasSoundAxes }
  }

  /// The stage output that `from` names; `nil` when it is missing, wrong or of a broken stage.
  func source(
    _ node: YAMLNode?, _ subject: String, at location: SourceLocation, type: ArtifactType
  ) -> Source? {
    guard let node else {
      errors.error(
        at: location, "\(subject) has no 'from'", why: "it shows the output of a stage",
        fix: "add from: stage.output")
      return nil
    }
    guard let text = errors.text(node, "'from' of \(subject)") else { return nil }
    let reference = OutputReference(text)
    let name = reference.stage
    guard let stage = stages[name] else {
      if !spec.declares(name, in: "stages") {
        errors.error(
          at: node.location, "there is no stage '\(name)'",
          fix: DiagnosticCollector.remedy(for: name, among: spec.stageNames, none: "declare it"))
      }
      return nil
    }
    let fitting = stage.outputs.filter { $0.type == type }
    if let output = fitting.first(where: { $0.name == reference.output }) {
      return Source(stage: stage, output: output)
    }
    if stage.hasOpenOutputs { return nil }
    errors.error(
      at: node.location,
      reference.output.map { "stage '\(name)' has no \(type.rawValue) '\($0)'" }
        ?? "'\(text)' does not say which output",
      why: fitting.isEmpty
        ? "\(stage.type.kind) has no output of type \(type.rawValue)"
        : "\(stage.type.kind) has: " + fitting.map(\.name).joined(separator: ", "),
      fix: fitting.isEmpty
        ? "choose another stage"
        : DiagnosticCollector.remedy(
          for: reference.output ?? "", among: fitting.map { $0.name }, none: ""))
    return nil
  }

  /// Names that must be axes of the stage or columns of its table.
  func dimensions(
    _ node: YAMLNode?, _ key: String, _ subject: String, of source: Source
  ) -> [String] {
    errors.texts(node, "'\(key)' of \(subject)").compactMap { name, node in
      known(name, at: node.location, among: source.dimensions, of: source, subject) ? name : nil
    }
  }

  /// Columns of the table that hold numbers.
  func measures(
    _ node: YAMLNode?, _ key: String, _ subject: String, of source: Source
  ) -> [String] {
    errors.texts(node, "'\(key)' of \(subject)").compactMap { name, node in
      let isKnown = known(
        name, at: node.location, among: source.measures, of: source, subject, "numeric column")
      guard isKnown else { return nil }
      guard !source.stage.axes.contains(where: { $0.name == name }) else {
        errors.error(
          at: node.location, "\(subject): '\(name)' is an axis, no numeric column",
          why: "labels are texts, and they stand in the column of that name",
          fix: "name what the stage measures")
        return nil
      }
      return name
    }
  }

  /// `where: {column: label or [labels]}`; labels of axes must exist.
  func filters(
    _ node: YAMLNode?, _ subject: String, of source: Source
  ) -> [(column: String, labels: [String])] {
    guard let node else { return [] }
    guard let entries = node.entries else {
      errors.mismatch(node, "'where' of \(subject)", expected: "a map from columns to labels")
      return []
    }
    return entries.compactMap { entry in
      guard
        known(entry.key, at: entry.keyLocation, among: source.dimensions, of: source, subject)
      else { return nil }
      let axis = source.stage.axes.first { $0.name == entry.key }
      let items = entry.value.items ?? [entry.value]
      if items.isEmpty {
        errors.mismatch(
          entry.value, "'\(entry.key)' under 'where' of \(subject)", expected: "at least one label")
      }
      let labels = items.compactMap { item -> String? in
        guard let axis else { return errors.text(item, "'where' of \(subject)") }
        if let index = axis.index(of: item) { return axis.entries[index].label }
        if !axis.isNarrowedAway(item) { errors.missingLabel(item, of: axis) }
        return nil
      }
      return (entry.key, labels)
    }
  }

  private func known(
    _ name: String, at location: SourceLocation, among names: [String], of source: Source,
    _ subject: String, _ what: String = "axis or column"
  ) -> Bool {
    if source.isOpen || names.contains(name) { return true }
    errors.error(
      at: location, "\(subject): there is no \(what) '\(name)'",
      why: "known here: " + names.joined(separator: ", "),
      fix: nearestName(to: name, in: names).map { "did you mean '\($0)'?" }
        ?? "choose one of them")
    return false
  }
}
