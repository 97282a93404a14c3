extension ViewReader {
  static let plotKeys = [
    "title", "kind", "from", "table", "x", "y", "color", "columns", "over", "where",
  ]

  func plot(_ entry: YAMLNode.Entry, tables: [TableView]) -> PlotView? {
    let subject = "plot '\(entry.key)'"
    guard let map = MapReader(entry.value, subject, keys: Self.plotKeys, errors)
    else { return nil }
    guard let kindNode = map["kind"] else {
      errors.error(
        at: entry.keyLocation, "\(subject) has no 'kind'",
        why: "kinds: " + PlotView.Kind.allCases.map(\.rawValue).joined(separator: ", "),
        fix: "add kind: line")
      return nil
    }
    guard let kind: PlotView.Kind = errors.choice(kindNode, "kind of \(subject)")
    else { return nil }
    let title = errors.text(map["title"], "title of \(subject)") ?? entry.key
    switch kind {
    case .heatmap: return heatmap(entry, map, title, tables)
    case .images: return images(entry, map, title)
    case .line, .scatter: return curve(entry, map, title, kind)
    }
  }

  private func heatmap(
    _ entry: YAMLNode.Entry, _ map: MapReader, _ title: String, _ tables: [TableView]
  ) -> PlotView? {
    let subject = "plot '\(entry.key)'"
    refuse(["from", "x", "y", "color", "columns", "over", "where"], in: map, subject, "heatmap")
    guard let node = map["table"], let name = errors.text(node, "'table' of \(subject)") else {
      if map["table"] == nil {
        errors.error(
          at: entry.keyLocation, "\(subject) has no 'table'", why: "a heatmap shows a table",
          fix: "add table: NAME")
      }
      return nil
    }
    guard spec.declares(name, in: "tables") else {
      errors.error(
        at: node.location, "there is no table '\(name)'",
        fix: DiagnosticCollector.remedy(
          for: name, among: spec.tableNames, none: "declare it under 'tables'"))
      return nil
    }
    if let table = tables.first(where: { $0.name == name }), table.columns.isEmpty {
      errors.error(
        at: node.location, "table '\(name)' has no 'columns'",
        why: "a heatmap needs two directions", fix: "name a table with rows and columns")
    }
    return PlotView(
      name: entry.key, title: title, kind: .heatmap, stage: "", output: "", table: name, x: "",
      y: "", color: "", over: [], filters: [], location: entry.keyLocation)
  }

  private func images(_ entry: YAMLNode.Entry, _ map: MapReader, _ title: String) -> PlotView? {
    let subject = "plot '\(entry.key)'"
    refuse(["table", "x", "y", "color", "over"], in: map, subject, "images")
    guard let source = source(map["from"], subject, at: entry.keyLocation, type: .figure)
    else { return nil }
    refuseSeveral(["columns"], in: map, subject)
    let columns = dimensions(map["columns"], "columns", subject, of: source)
    return PlotView(
      name: entry.key, title: title, kind: .images, stage: source.stage.spec.name,
      output: source.output.name, table: "", x: columns.first ?? "", y: "", color: "", over: [],
      filters: filters(map["where"], subject, of: source), location: entry.keyLocation)
  }

  private func curve(
    _ entry: YAMLNode.Entry, _ map: MapReader, _ title: String, _ kind: PlotView.Kind
  ) -> PlotView? {
    let subject = "plot '\(entry.key)'"
    refuse(["table", "columns"], in: map, subject, kind.rawValue)
    guard let source = source(map["from"], subject, at: entry.keyLocation, type: .table)
    else { return nil }
    for key in ["x", "y"] where map[key] == nil {
      errors.error(
        at: entry.keyLocation, "\(subject) has no '\(key)'",
        why: "a \(kind.rawValue) plot shows y over x", fix: "add \(key): COLUMN")
    }
    refuseSeveral(["x", "y", "color"], in: map, subject)
    let x = dimensions(map["x"], "x", subject, of: source)
    let y = measures(map["y"], "y", subject, of: source)
    let color = dimensions(map["color"], "color", subject, of: source)
    return PlotView(
      name: entry.key, title: title, kind: kind, stage: source.stage.spec.name,
      output: source.output.name, table: "", x: x.first ?? "", y: y.first ?? "",
      color: color.first ?? "", over: dimensions(map["over"], "over", subject, of: source),
      filters: filters(map["where"], subject, of: source), location: entry.keyLocation)
  }

  /// Reports lists of names where a plot shows exactly one.
  private func refuseSeveral(_ keys: [String], in map: MapReader, _ subject: String) {
    for key in keys {
      guard let node = map[key], let items = node.items, items.count != 1 else { continue }
      errors.error(
        at: node.location, "'\(key)' of \(subject) has \(items.count) names",
        why: "a plot shows one there", fix: "write \(key): NAME")
    }
  }

  private func refuse(_ keys: [String], in map: MapReader, _ subject: String, _ kind: String) {
    for key in keys {
      guard let node = map[key] else { continue }
      errors.error(
        at: node.location, "\(subject) is of kind '\(kind)' and takes no '\(key)'",
        fix: "remove '\(key)'")
    }
  }
}
