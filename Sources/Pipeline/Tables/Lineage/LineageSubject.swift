/// What a lineage is asked for, found among what a stored run knows.
package struct LineageSubject: Sendable {
  /// "cell asr[train=mix].worst = 84.7", "stage model"
  package let title: String
  /// The instances that it is made by, or that read it; positions in the run's document.
  package let instances: [Int]
  /// Whether the instances come after it (a parameter or a file, which they read) and not before.
  package let isSource: Bool

  package init(title: String, instances: [Int], isSource: Bool = false) {
    self.title = title
    self.instances = instances
    self.isSource = isSource
  }
}

/// Finds the subject that a person names.
package struct LineageFinder {
  private let run: StoredResults
  private let document: RunDocument

  package init(_ run: StoredResults) {
    self.run = run
    document = run.document
  }

  /// A cell (`asr[train=mix].worst`), a table, a stage or instances (`model[seed=1]`), a parameter
  /// (`epochs`, `model.lr`), a file, or the beginning of a hash or key (6 digits or more), in this
  /// order; `table.`, `stage.`, `param.` or `file.` before the name says which.
  ///
  /// - Throws: ``Diagnostic`` when it is none of these; ``StageFailure`` for damaged tables.
  package func subject(_ text: String) throws -> LineageSubject {
    for (prefix, find) in [
      ("table.", cells), ("stage.", stage), ("param.", parameter), ("file.", file),
    ] where text.hasPrefix(prefix) {
      let name = String(text.dropFirst(prefix.count))
      if let subject = try find(name) { return subject }
      throw unknown(name)
    }
    for find in [cells, stage, parameter, file, hash] {
      if let subject = try find(text) { return subject }
    }
    throw unknown(text)
  }

  private func unknown(_ text: String) -> Diagnostic {
    let stages = Set(document.instances.map(\.stage)).sorted()
    let parameters = document.experiment.parameters.map(\.name)
    let known = run.tableNames + stages + parameters
    return Diagnostic(
      at: nil, "'\(text)' names nothing in run \(run.run)",
      why: "tables: \(run.tableNames.joined(separator: ", ")); stages: "
        + "\(stages.joined(separator: ", ")); parameters: \(parameters.joined(separator: ", "))",
      fix: nearestName(to: text, in: known).map { "did you mean '\($0)'?" }
        ?? "name a cell (table[axis=label].column), a stage, a parameter, a file or a hash")
  }

  // MARK: Kinds of subjects

  private func cells(_ text: String) throws -> LineageSubject? {
    guard let expression = try? CellExpression(parsing: text),
      run.tableNames.contains(expression.view)
    else { return nil }
    let table = try run.table(expression.view)
    let places: [PivotTable.Place]
    do throws(MissingCell) {
      // A table without a selector is all of its cells, whatever their columns.
      places =
        expression.terms.isEmpty && expression.column == nil
        ? table.places : try table.select(expression)
    } catch {
      throw Diagnostic(at: nil, error.what, fix: "see pipeline results --table \(table.name)")
    }
    let results = try run.instanceResults()
    let makers = table.makers(among: results)
    let instances = Set(places.flatMap { makers[$0.row][$0.column] }).sorted()
    if places.count == 1, let place = places.first {
      let address = table.address(row: place.row, column: place.column)
      let value = table.cellText(row: place.row, column: place.column)
      let unit = table.unit == "%" ? " %" : ""
      return LineageSubject(title: "cell \(address) = \(value)\(unit)", instances: instances)
    }
    return LineageSubject(title: "\(places.count) cells of \(text)", instances: instances)
  }

  private func stage(_ text: String) throws -> LineageSubject? {
    let name = String(text.prefix { $0 != "[" })
    guard document.instances.contains(where: { $0.stage == name }) else { return nil }
    let found = try InstanceSelector(parsing: text).indices(in: document)
    let noun = found.count == 1 ? "instance" : "instances"
    return LineageSubject(title: "\(found.count) \(noun) of \(text)", instances: found)
  }

  /// A parameter of the experiment, or `stage.parameter`.
  private func parameter(_ text: String) throws -> LineageSubject? {
    if let parameter = document.experiment.parameters.first(where: { $0.name == text }) {
      let readers = document.instances.indices.filter { index in
        document.instances[index].parameterSources.values.contains { $0.contains(text) }
      }
      return LineageSubject(
        title: "parameter \(text) = \(parameter.value.canonicalJSON) from \(parameter.origin)",
        instances: readers, isSource: true)
    }
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    let readers = document.instances.indices.filter { index in
      let instance = document.instances[index]
      return instance.stage == parts[0] && instance.parts["parameter.\(parts[1])"] != nil
    }
    if readers.isEmpty { return nil }
    return LineageSubject(title: "parameter \(text)", instances: readers, isSource: true)
  }

  /// A stored table or long table of the run, or any file with the content of an artifact.
  private func file(_ path: String) throws -> LineageSubject? {
    guard Files.size(path) != nil else { return nil }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let stem = name.split(separator: ".").dropLast().joined(separator: ".")
    if path.contains("/tables/") || path.hasPrefix("tables/"), let subject = try cells(stem) {
      return subject
    }
    if path.contains("/long/") || path.hasPrefix("long/") {
      return try stage(String(stem.prefix { $0 != "." }))
    }
    let content = try SHA256.hex(ofFile: path).hash
    guard let subject = try hash(content) else { return nil }
    return LineageSubject(
      title: "file \(path), \(subject.title)", instances: subject.instances,
      isSource: subject.isSource)
  }

  private func hash(_ text: String) throws -> LineageSubject? {
    let digits = text.lowercased()
    guard digits.count >= 6, digits.allSatisfy(\.isHexDigit) else { return nil }
    let keyed = document.instances.indices.filter { document.instances[$0].key.hasPrefix(digits) }
    if let first = keyed.first {
      return LineageSubject(title: "key \(document.instances[first].key)", instances: keyed)
    }
    let makers = document.instances.indices.filter { index in
      document.instances[index].outputs.contains { $0.hash.hasPrefix(digits) }
    }
    if let first = makers.first,
      let output = document.instances[first].outputs.first(where: { $0.hash.hasPrefix(digits) })
    {
      return LineageSubject(
        title: "\(output.type.rawValue) \(output.slot), sha256 \(output.hash)", instances: makers)
    }
    let readers = document.instances.indices.filter { index in
      document.instances[index].files.contains { $0.hash.hasPrefix(digits) }
    }
    guard let first = readers.first,
      let file = document.instances[first].files.first(where: { $0.hash.hasPrefix(digits) })
    else { return nil }
    return LineageSubject(
      title: "data file \(file.name), sha256 \(file.hash)", instances: readers, isSource: true)
  }
}

extension RunInstance {
  /// The declared files that it read, with the hash of their content.
  var files: [(name: String, hash: String)] {
    parts.parts.compactMap { part in
      let (kind, name) = part.kindAndName
      return kind == "file" ? (name, part.value.filter(\.isHexDigit)) : nil
    }
  }
}
