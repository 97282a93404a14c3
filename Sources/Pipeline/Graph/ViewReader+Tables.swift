extension ViewReader {
  static let tableKeys = [
    "title", "from", "rows", "columns", "value", "over", "where", "show", "derive", "format",
    "highlight",
  ]

  /// The view; `nil` when its names are not sound, for then claims cannot be held against it.
  func table(_ entry: YAMLNode.Entry) -> TableView? {
    let subject = "table '\(entry.key)'"
    guard let map = MapReader(entry.value, subject, keys: Self.tableKeys, errors)
    else { return nil }
    let title = errors.text(map["title"], "title of \(subject)") ?? entry.key
    let written = errors.texts(map["value"], "'value' of \(subject)").map(\.text)
    let derived = derived(map["derive"], subject, besides: written)
    let format = format(map["format"], show: map["show"], subject)
    let highlight = highlight(map["highlight"], subject)
    let before = errors.findingCount
    guard let source = source(map["from"], subject, at: entry.keyLocation, type: .table)
    else { return nil }
    let rows = dimensions(map["rows"], "rows", subject, of: source)
    let columns = dimensions(map["columns"], "columns", subject, of: source)
    let over = dimensions(map["over"], "over", subject, of: source)
    let values = measures(map["value"], "value", subject, of: source)
    let filters = filters(map["where"], subject, of: source)
    if errors.findingCount == before {
      checkPlaces(rows + columns + over, filters, subject, at: entry.keyLocation, of: source)
    }
    if map["value"] == nil {
      errors.error(
        at: entry.keyLocation, "\(subject) has no 'value'",
        why: source.isOpen
          ? "its columns are known when it is written; a shell stage may declare them"
          : "numeric columns: " + source.measures.joined(separator: ", "), fix: "add value: COLUMN"
      )
    } else if values.count > 1, !columns.isEmpty {
      errors.error(
        at: entry.keyLocation, "\(subject) has 'columns' and \(values.count) values",
        why: "a pivot shows one value; without 'columns' each value is a column",
        fix: "keep one value, or remove 'columns'")
    }
    guard errors.findingCount == before else { return nil }
    return TableView(
      name: entry.key, title: title, stage: source.stage.spec.name, output: source.output.name,
      rows: rows, columns: columns, values: values, filters: filters, over: over,
      derived: derived, format: format, highlight: highlight, location: entry.keyLocation)
  }

  /// Each axis has one place: it names rows or columns, is averaged over, or is pinned.
  private func checkPlaces(
    _ names: [String], _ filters: [(column: String, labels: [String])], _ subject: String,
    at location: SourceLocation, of source: Source
  ) {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted {
      errors.error(
        at: location, "\(subject) places '\(name)' twice",
        why: "its labels go to the rows, to the columns, or are averaged over", fix: "keep one")
    }
    let placed = seen.union(filters.filter { $0.labels.count <= 1 }.map(\.column))
    for axis in source.stage.axes where !placed.contains(axis.name) {
      errors.error(
        at: location, "\(subject) does not say what to do with the axis '\(axis.name)'",
        why: "stage '\(source.stage.spec.name)' varies over it, so each cell would mix its labels",
        fix: "put it in rows, columns or over (its mean is shown), or pin it with 'where'")
    }
  }

  /// `derive: {worst: "min(columns)"}`
  private func derived(
    _ node: YAMLNode?, _ subject: String, besides values: [String]
  ) -> [TableView.Derived] {
    errors.named(node, "'derive' of \(subject)").map { entry in
      if values.contains(entry.key) {
        errors.error(
          at: entry.keyLocation, "\(subject) has two columns '\(entry.key)'",
          why: "a derived column may not have the name of a value", fix: "choose another name")
      }
      let text = entry.value.text ?? ""
      for function in TableView.Derived.Function.allCases
      where text == "\(function.rawValue)(columns)" {
        return TableView.Derived(name: entry.key, function: function)
      }
      let forms = TableView.Derived.Function.allCases.map { "\($0.rawValue)(columns)" }
      errors.mismatch(
        entry.value, "'\(entry.key)' of \(subject)",
        expected: "one of " + forms.joined(separator: ", "))
      // Claims may name it all the same.
      return TableView.Derived(name: entry.key, function: .min)
    }
  }

  /// `format: ".2f"` or `{value: ".2f", scale: 100}`; `show: "mean ± sd"`.
  private func format(
    _ node: YAMLNode?, show: YAMLNode?, _ subject: String
  ) -> TableView.Format {
    var format = TableView.Format()
    var pattern = node
    if let node, node.entries != nil {
      let map = MapReader(node, "format of \(subject)", keys: ["value", "scale"], errors)
      pattern = map?["value"]
      format.scale = errors.double(map?["scale"], "scale of \(subject)") ?? format.scale
      if format.scale == 0, let scale = map?["scale"] {
        errors.mismatch(scale, "scale of \(subject)", expected: "a factor other than 0")
      }
    }
    if let pattern {
      if let form = pattern.text.flatMap(NumberStyle.init(pattern:)) {
        format.numbers = form
      } else {
        errors.mismatch(
          pattern, "format of \(subject)", expected: "digits such as \".2f\" or \".2e\"")
      }
    }
    if let show {
      switch show.text {
      case "mean": format.showsSpread = false
      case "mean ± sd": format.showsSpread = true
      default:
        errors.mismatch(show, "'show' of \(subject)", expected: "\"mean\" or \"mean ± sd\"")
      }
    }
    return format
  }

  /// `highlight: {best: max}`, the best cell of each column; without it the columns' own direction.
  private func highlight(_ node: YAMLNode?, _ subject: String) -> TableView.Highlight? {
    guard let node,
      let map = MapReader(node, "highlight of \(subject)", keys: ["best", "per"], errors)
    else { return nil }
    if let per = map["per"], per.text != "column" {
      errors.mismatch(per, "'per' of \(subject)", expected: "column")
    }
    switch map["best"]?.text {
    case "max": return TableView.Highlight(prefersHigher: true)
    case "min": return TableView.Highlight(prefersHigher: false)
    case "none": return TableView.Highlight(prefersHigher: nil)
    default:
      errors.mismatch(map["best"] ?? node, "'best' of \(subject)", expected: "max, min or none")
      return nil
    }
  }
}
