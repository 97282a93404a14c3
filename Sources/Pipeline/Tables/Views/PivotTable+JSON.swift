extension PivotTable {
  /// Everything about the table, exact, for files and programs.
  package var jsonValue: Value {
    let entries: [String: Value] = [
      "name": .string(name), "title": .string(title), "unit": .string(unit),
      "from": .string(source),
      "where": .list(
        filters.map { .map(["column": .string($0.column), "labels": Self.list($0.labels)]) }),
      "dataset": .map(["name": .string(dataset.name), "hash": .string(dataset.hash)]),
      "row_axes": Self.list(rowAxes), "column_axes": Self.list(columnAxes),
      "over": Self.list(groupAxes), "groups": Self.list(groups),
      "scale": .double(scale),
      "shows_spread": .bool(showsSpread), "best_is_higher": bestIsHigher.map(Value.bool) ?? .null,
      "columns": .list(
        columns.map { column in
          .map([
            "labels": Self.list(column.labels), "value": .string(column.value),
            "derived": .bool(column.isDerived), "heading": .string(column.heading),
            "direction": .string(column.direction.rawValue), "whole": .bool(column.isWhole),
          ])
        }),
      "rows": .list(
        zip(rows, cells).map { labels, cells in
          .map(["labels": Self.list(labels), "cells": .list(cells.map(Self.value))])
        }),
    ]
    return .map(entries.merging(numbers.jsonEntries) { $1 })
  }

  private static func value(_ cell: PivotCell) -> Value {
    var fields: [String: Value] = [
      "mean": cell.mean.map(Value.double) ?? .null,
      "sd": cell.standardDeviation.map(Value.double) ?? .null, "n": .int(cell.count),
      "values": .list(cell.values.map { $0.map(Value.double) ?? .null }),
    ]
    if !cell.trials.isEmpty { fields["trials"] = .list(cell.trials.map(Value.int)) }
    return .map(fields)
  }

  private static func list(_ texts: [String]) -> Value { .list(texts.map(Value.string)) }

  /// Reads what ``jsonValue`` wrote; `nil` for anything else.
  package init?(jsonValue value: Value) {
    guard let name = value["name"]?.text, let title = value["title"]?.text,
      let unit = value["unit"]?.text, let source = value["from"]?.text,
      let filters = value["where"]?.items(Filter.init(jsonValue:)),
      let dataset = value["dataset"],
      let datasetName = dataset["name"]?.text, let datasetHash = dataset["hash"]?.text,
      let rowAxes = value["row_axes"]?.texts, let columnAxes = value["column_axes"]?.texts,
      let over = value["over"]?.texts, let groups = value["groups"]?.texts,
      let numbers = NumberStyle(jsonValue: value),
      let scale = value["scale"]?.number,
      case .bool(let showsSpread)? = value["shows_spread"],
      let columns = value["columns"]?.items?.map(PivotColumn.init(jsonValue:)),
      let rows = value["rows"]?.items,
      let labels = Optional(rows.compactMap { $0["labels"]?.texts }),
      labels.count == rows.count, labels.allSatisfy({ $0.count == rowAxes.count })
    else { return nil }
    let known = columns.compactMap(\.self)
    let cells = rows.map { row in
      (row["cells"]?.items ?? []).compactMap { PivotCell(jsonValue: $0, groups: groups.count) }
    }
    guard known.count == columns.count, cells.allSatisfy({ $0.count == known.count }) else {
      return nil
    }
    var bestIsHigher: Bool?
    if case .bool(let flag)? = value["best_is_higher"] { bestIsHigher = flag }
    self.init(
      name: name, title: title, source: source, filters: filters,
      dataset: DatasetReference(name: datasetName, hash: datasetHash), rowAxes: rowAxes,
      columnAxes: columnAxes, groups: groups, groupAxes: over, unit: unit, scale: scale,
      numbers: numbers, showsSpread: showsSpread, bestIsHigher: bestIsHigher, rows: labels,
      columns: known, cells: cells)
  }
}

extension PivotTable.Filter {
  fileprivate init?(jsonValue value: Value) {
    guard let column = value["column"]?.text, let labels = value["labels"]?.texts else {
      return nil
    }
    self.init(column: column, labels: labels)
  }
}

extension PivotColumn {
  fileprivate init?(jsonValue value: Value) {
    guard let labels = value["labels"]?.texts, let name = value["value"]?.text,
      case .bool(let isDerived)? = value["derived"], let heading = value["heading"]?.text,
      let direction = value["direction"]?.text.flatMap(Column.Direction.init)
    else { return nil }
    self.init(
      labels: labels, value: name, isDerived: isDerived, direction: direction, heading: heading,
      isWhole: value["whole"] == .bool(true))
  }
}

extension PivotCell {
  fileprivate init?(jsonValue value: Value, groups: Int) {
    guard let items = value["values"]?.items, items.count == groups else { return nil }
    let trials = (value["trials"]?.items ?? []).compactMap(\.integer)
    guard trials.isEmpty || trials.count == groups else { return nil }
    self.init(values: items.map(\.number), trials: trials)
  }
}

extension Value {
  /// JSON for people: one entry a line, plain lists on one line, otherwise as ``canonicalJSON``.
  package var indentedJSON: String { indented(by: "") + "\n" }

  private func indented(by margin: String) -> String {
    let inner = margin + "  "
    switch self {
    case .map(let entries) where !entries.isEmpty:
      let lines = entries.sorted { $0.key < $1.key }.map { key, value in
        "\(inner)\(Value.string(key).canonicalJSON): \(value.indented(by: inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
    case .list(let items) where items.contains(where: \.isContainer):
      let lines = items.map { inner + $0.indented(by: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(margin)]"
    case .list(let items): return "[" + items.map(\.canonicalJSON).joined(separator: ", ") + "]"
    default: return canonicalJSON
    }
  }

  private var isContainer: Bool {
    switch self {
    case .map, .list: true
    default: false
    }
  }
}
