/// The part of the schema that describes one stage: which parameters and inputs it has depends on
/// the type that it uses.
struct StageSchema {
  private let registry: StageRegistry

  init(_ registry: StageRegistry) {
    self.registry = registry
  }

  /// `cache: {keep: ...}`
  private static let keep: Value = {
    let boolean = Value.map(["type": .string("boolean")])
    let named = Value.map(["type": .string("object"), "additionalProperties": boolean])
    return .map([
      "anyOf": .list([boolean, named]),
      "description": .string(
        "false: contents go once nobody needs them; or a map from outputs to true and false"),
    ])
  }()

  var jsonValue: Value {
    var schema = object(
      StageSpec.keys,
      SpecSchema.settings.merging(
        [
          "uses": .map([
            "anyOf": .list(
              registry.types.map {
                .map(["const": .string($0.kind), "description": .string($0.summary)])
              }),
            "description": .string("the stage type"),
          ]),
          "with": .map(["type": .string("object"), "description": .string("parameters")]),
          "inputs": .map(["type": .string("object"), "description": .string("slot: stage.output")]),
          "matrix": .map([
            "type": .list([.string("array"), .string("object")]),
            "description": .string("axes it varies over, or {axes, exclude, include, NAME: [...]}"),
          ]),
          "needs": SpecSchema.texts("stages that must end before it although no data flows"),
          "cache": .map(object(["keep"], ["keep": Self.keep])),
          "if": .map(["description": .string("an expression; where it is false nothing runs")]),
        ]) { $1 }, required: ["uses"])
    schema["allOf"] = .list(registry.types.map(branch))
    return .map(schema)
  }

  private func branch(_ type: StageType) -> Value {
    let uses = Value.map([
      "properties": .map(["uses": .map(["const": .string(type.kind)])]),
      "required": .list([.string("uses")]),
    ])
    guard case .map(var then) = properties(of: type) else { return .null }
    let sections = [
      ("inputs", type.inputs.contains { !$0.isOptional }), ("with", !required(by: type).isEmpty),
    ]
    let needed = sections.filter(\.1).map { Value.string($0.0) }
    if !needed.isEmpty { then["required"] = .list(needed) }
    return .map(["if": uses, "then": .map(then)])
  }

  /// What a stage of this type has under `with` and `inputs`.
  func properties(of type: StageType) -> Value {
    let with = object(
      type.parameters.map(\.name),
      Dictionary(
        type.parameters.map { ($0.name, parameter($0, of: type)) }, uniquingKeysWith: { $1 }),
      required: required(by: type), help: type.summary)
    var inputs = object(
      type.inputs.map(\.name),
      Dictionary(type.inputs.map { ($0.name, input($0)) }, uniquingKeysWith: { $1 }),
      required: type.inputs.filter { !$0.isOptional }.map(\.name))
    // Its inputs have names of the user's choice.
    if type.isExternal { inputs["additionalProperties"] = Self.input(help: "an input") }
    return .map(["properties": .map(["with": .map(with), "inputs": .map(inputs)])])
  }

  /// The parameters that must stand in the stage itself. Others may come from `defaults.with`, but
  /// nobody gives all stages one script.
  private func required(by type: StageType) -> [String] {
    type.isExternal ? type.parameters.filter { $0.defaultValue == nil }.map(\.name) : []
  }

  private func parameter(_ parameter: ParameterDeclaration, of type: StageType) -> Value {
    if type.isExternal, parameter.name == StageType.outputsParameter {
      return outputs(help: parameter.help)
    }
    var help = parameter.help
    let facts = [parameter.range, parameter.unit].filter { !$0.isEmpty }
    if !facts.isEmpty { help += " (" + facts.joined(separator: ", ") + ")" }
    let form = form(of: parameter.kind, in: parameter.interval)
    var schema: [String: Value] = [
      "anyOf": .list([form, Self.expression]), "description": .string(help),
    ]
    schema["default"] = parameter.defaultValue
    return .map(schema)
  }

  /// `{NAME: TYPE}`, or with the columns of a table.
  private func outputs(help: String) -> Value {
    let type = SpecSchema.choice("what it holds", ArtifactType.self)
    let kinds = ["string", "int", "double", "bool"].map(Value.string)
    let kind = Value.map(["enum": .list(kinds)])
    let directions = ["higher", "lower", "none"].map(Value.string)
    let column = closed(
      [
        "kind": kind, "unit": SpecSchema.text("of its numbers"),
        "direction": .map(["enum": .list(directions)]),
      ], required: ["kind"])
    let columns = Value.map([
      "type": .string("object"),
      "additionalProperties": .map(["anyOf": .list([kind, column])]),
    ])
    let form = closed(["type": type, "columns": columns], required: ["type"])
    return .map([
      "type": .string("object"), "description": .string(help),
      "additionalProperties": .bool(false), "minProperties": .int(1),
      "patternProperties": .map([SpecSchema.namePattern: .map(["anyOf": .list([type, form])])]),
    ])
  }

  /// A map with these keys and no others, as a stage itself reads one.
  private func closed(_ properties: [String: Value], required: [String]) -> Value {
    .map([
      "type": .string("object"), "additionalProperties": .bool(false),
      "properties": .map(properties), "required": .list(required.map(Value.string)),
    ])
  }

  private static let expression = Value.map(["$ref": .string("#/definitions/expression")])

  private func form(of kind: ParameterDeclaration.Kind, in interval: Interval?) -> Value {
    switch kind {
    case .bool: return .map(["type": .string("boolean")])
    case .string: return .map(["type": .string("string")])
    case .map: return .map(["type": .string("object")])
    case .choice(let names): return .map(["enum": .list(names.map(Value.string))])
    case .int, .double:
      var form: [String: Value] = ["type": .string(kind == .int ? "integer" : "number")]
      if let interval, interval.lower.isFinite {
        form[interval.includesLower ? "minimum" : "exclusiveMinimum"] = .double(interval.lower)
      }
      if let interval, interval.upper.isFinite {
        form[interval.includesUpper ? "maximum" : "exclusiveMaximum"] = .double(interval.upper)
      }
      return .map(form)
    case .list(let element):
      let items: [Value] = [self.form(of: element, in: interval), Self.expression]
      return .map(["type": .string("array"), "items": .map(["anyOf": .list(items)])])
    }
  }

  private func input(_ slot: InputSlot) -> Value {
    Self.input(help: "\(slot.help) (\(slot.type.rawValue)\(slot.isList ? ", list" : ""))")
  }

  private static func input(help: String) -> Value {
    let from: Value = .map([
      "type": .string("string"), "pattern": .string(#"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"#),
    ])
    let joined = object(
      ["from", "where", "gather"],
      [
        "from": from,
        "where": .map(["type": .string("object"), "description": .string("axis: label")]),
        "gather": .map([
          "type": .list([.string("boolean"), .string("array")]),
          "description": .string("collect all, or these, of the producer's further axes"),
        ]),
      ], required: ["from"])
    return .map([
      "anyOf": .list([from, .map(joined)]),
      "description": .string(help),
    ])
  }
}
