/// Help on stage types, all of it from their declarations.
package enum StageReference {
  /// What `pipeline stages KIND` shows.
  package static func text(of type: StageType) -> String {
    var text = "\(type.kind) (version \(type.version))\n  \(type.summary)\n"
    if type.isExternal { text += "  \(openSlots)\n" }
    text += section("inputs", type.inputs.map { [$0.name, label(of: $0), $0.help] })
    text += section("parameters", type.parameters.map { [$0.name, label(of: $0), $0.help] })
    text += section("outputs", type.outputs.map { [$0.name, $0.type.rawValue, $0.help] })
    for output in type.outputs where !output.columns.isEmpty {
      let rows = output.columns.map { [$0.name, label(of: $0), $0.help] }
      text += section("columns of \(output.name)", rows)
    }
    return text
  }

  /// The page `docs/stages.md`.
  package static func markdown(of types: [StageType]) -> String {
    var text = "# Stage types\n\nPrinted by `pipeline stages --format md` from the declarations.\n"
    for type in types {
      text += "\n## `\(type.kind)`\n\nVersion \(type.version). \(type.summary)\n"
      if type.isExternal { text += openSlots + "\n" }
      text += table(
        ["input", "type", "meaning"], type.inputs.map { ["`\($0.name)`", label(of: $0), $0.help] })
      text += table(
        ["parameter", "type and default", "meaning"],
        type.parameters.map { ["`\($0.name)`", label(of: $0), $0.help] })
      text += table(
        ["output", "type", "meaning"],
        type.outputs.map { ["`\($0.name)`", $0.type.rawValue, $0.help] })
      for output in type.outputs where !output.columns.isEmpty {
        text += table(
          ["column of `\(output.name)`", "type", "meaning"],
          output.columns.map { ["`\($0.name)`", label(of: $0), $0.help] })
      }
    }
    return text
  }

  /// The declarations as data.
  package static func json(of types: [StageType]) -> Value {
    .list(
      types.map { type in
        .map([
          "kind": .string(type.kind), "version": .int(type.version),
          "summary": .string(type.summary),
          "inputs": .list(
            type.inputs.map {
              .map([
                "name": .string($0.name), "type": .string($0.type.rawValue),
                "optional": .bool($0.isOptional), "list": .bool($0.isList),
                "help": .string($0.help),
              ])
            }),
          "parameters": .list(
            type.parameters.map {
              .map([
                "name": .string($0.name), "type": .string(typeName(of: $0.kind)),
                "default": $0.defaultValue ?? .null, "required": .bool($0.defaultValue == nil),
                "range": .string($0.range), "unit": .string($0.unit), "help": .string($0.help),
              ])
            }),
          "outputs": .list(
            type.outputs.map { output in
              .map([
                "name": .string(output.name), "type": .string(output.type.rawValue),
                "help": .string(output.help), "columns": .list(output.columns.map(json)),
              ])
            }),
          "takes_any_input": .bool(type.isExternal),
        ])
      })
  }

  private static let openSlots =
    "Inputs may have any name and type; '\(StageType.outputsParameter)' names the outputs."

  private static func json(of column: Column) -> Value {
    .map([
      "name": .string(column.name), "type": .string(column.kind.rawValue),
      "unit": .string(column.unit), "direction": .string(column.direction.rawValue),
      "help": .string(column.help),
    ])
  }

  private static func label(of slot: InputSlot) -> String {
    slot.type.rawValue + (slot.isList ? ", list" : "") + (slot.isOptional ? ", optional" : "")
  }

  private static func label(of column: Column) -> String {
    column.kind.rawValue + (column.unit.isEmpty ? "" : " (\(column.unit))")
  }

  private static func label(of parameter: ParameterDeclaration) -> String {
    var parts = [typeName(of: parameter.kind)]
    if !parameter.unit.isEmpty { parts.append("in \(parameter.unit)") }
    if !parameter.range.isEmpty { parts.append(parameter.range) }
    parts.append(parameter.defaultValue.map { "default \($0.plainText)" } ?? "required")
    return parts.joined(separator: ", ")
  }

  private static func typeName(of kind: ParameterDeclaration.Kind) -> String {
    switch kind {
    case .bool: "bool"
    case .int: "int"
    case .double: "number"
    case .string: "string"
    case .choice(let names): names.joined(separator: " or ")
    case .list(let element): "list of " + typeName(of: element)
    case .map: "map"
    }
  }

  private static func section(_ title: String, _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let first = rows.map { $0[0].count }.max() ?? 0
    let second = rows.map { $0[1].count }.max() ?? 0
    var text = "\n\(title)\n"
    for row in rows {
      text += "  " + row[0] + String(repeating: " ", count: first - row[0].count)
      text += "  " + row[1] + String(repeating: " ", count: second - row[1].count)
      text += "  " + row[2] + "\n"
    }
    return text
  }

  private static func table(_ header: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let lines = [header, header.map { _ in "---" }] + rows
    return "\n"
      + lines.map { line in
        "| " + line.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
      }.joined()
  }
}
