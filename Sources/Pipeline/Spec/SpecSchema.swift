/// The JSON Schema (draft 7) of specifications, made from the registered stage types: with it any
/// editor with a YAML language server completes stages and parameters and shows their help.
///
/// It checks shape, names and ranges; what needs the whole file (axes that join, cells that exist)
/// is left to `pipeline check`.
package struct SpecSchema {
  private let registry: StageRegistry

  package init(_ registry: StageRegistry) {
    self.registry = registry
  }

  package var jsonValue: Value {
    var schema = object(
      SpecSections.headKeys + ["include", "expect", "override"] + SpecSections.mapKeys,
      head.merging(references) { first, _ in first })
    schema["$schema"] = .string("http://json-schema.org/draft-07/schema#")
    schema["title"] = .string("pipeline specification")
    // What begins with a head is a specification of its own, all else a file to include.
    schema["if"] = Self.hasAny(of: ["name", "title", "paper"])
    schema["then"] = .map([
      "required": .list([.string("version"), .string("name")]),
      "anyOf": .list([Self.hasAll(of: ["stages"]), Self.hasAll(of: ["include"])]),
    ])
    schema["definitions"] = .map(
      sections.merging(["expression": Self.expression]) { first, _ in first })
    return .map(schema)
  }

  /// The schema of what a stage of one type has under `with` and `inputs`.
  package func jsonValue(of type: StageType) -> Value {
    guard case .map(var schema) = StageSchema(registry).properties(of: type) else { return .null }
    schema["$schema"] = .string("http://json-schema.org/draft-07/schema#")
    schema["title"] = .string(type.kind)
    schema["description"] = .string(type.summary)
    schema["definitions"] = .map(["expression": Self.expression])
    return .map(schema)
  }

  private static func hasAll(of keys: [String]) -> Value {
    .map(["required": .list(keys.map(Value.string))])
  }

  private static func hasAny(of keys: [String]) -> Value {
    .map(["anyOf": .list(keys.map { hasAll(of: [$0]) })])
  }

  private static let expression = Value.map([
    "type": .string("string"), "pattern": .string(#"\$\{"#),
    "description": .string("an expression such as ${epochs} or ${matrix.seed}"),
  ])

  // MARK: Sections

  /// The sections that `override` may hold as well as the file itself.
  private var sections: [String: Value] {
    [
      "params": named(parameter, help: "parameters of the experiment: name: default"),
      "axes": named(Self.axis, help: "axes that stages may vary over, with their values"),
      "profiles": named(.map(profile), help: "scales of the experiment: smoke, default, paper"),
      "defaults": .map(defaults),
      "stages": named(StageSchema(registry).jsonValue, help: "what a run executes"),
      "tables": named(ViewSchema.table, help: "result tables"),
      "plots": named(.map(object(ViewReader.plotKeys, ViewSchema.plot)), help: "figures"),
    ]
  }

  private var references: [String: Value] {
    Dictionary(
      SpecSections.mapKeys.map { ($0, .map(["$ref": .string("#/definitions/\($0)")])) },
      uniquingKeysWith: { first, _ in first })
  }

  private var head: [String: Value] {
    [
      "version": .map(["const": .int(1), "description": .string("version of the language")]),
      "name": Self.text("name of the experiment; its results go to results/NAME", Self.namePattern),
      "title": Self.text("title of tables and reports"),
      "paper": .map([
        "type": .string("object"), "description": .string("what is reproduced; shown in reports"),
      ]),
      "include": Self.texts("specifications to merge in, relative to this file"),
      "expect": .map([
        "type": .string("array"), "items": ViewSchema.claim,
        "description": .string("claims as data, judged at the end of a run"),
      ]),
      "override": .map(
        object(SpecSections.mapKeys, references, help: "entries that replace others")),
    ]
  }

  private var parameter: Value {
    let value: Value = .map([
      "type": .list(["string", "number", "boolean", "array"].map(Value.string))
    ])
    let declaration = object(
      ParameterSpec.keys,
      [
        "default": .map(["description": .string("its value unless a profile or override says so")]),
        "type": Self.choice("what it holds", ParameterSpec.Kind.self),
        "min": .map(["type": .string("number")]), "max": .map(["type": .string("number")]),
        "values": .map(["type": .string("array"), "description": .string("what it may be")]),
        "help": Self.text("one line for people"),
      ], required: ["default"])
    return .map(["anyOf": .list([value, .map(declaration)])])
  }

  private static let axis: Value = .map([
    "type": .string("array"), "minItems": .int(1),
    "description": .string("values, or {label, value}; a label of the axis in a profile"),
  ])

  private var profile: [String: Value] {
    object(
      ProfileSpec.keys,
      [
        "params": named(.map([:]), help: "values of parameters"),
        "axes": named(Self.axis, help: "other values or labels of axes"),
        "defaults": .map(defaults),
      ])
  }

  private var defaults: [String: Value] {
    let names = Set(registry.types.flatMap { $0.parameters.map(\.name) })
    let with = Dictionary(uniqueKeysWithValues: names.map { ($0, Value.map([:])) })
    return object(
      DefaultsSpec.keys,
      Self.settings.merging(["with": .map(object(Array(names), with))]) { $1 },
      help: "what all stages have in common")
  }

  /// The settings that never change a result.
  static let settings: [String: Value] = [
    "resources": .map(
      object(
        ["cpus", "memory"],
        [
          "cpus": .map([
            "type": .string("integer"), "minimum": .int(1), "maximum": .int(4_096),
            "description": .string("cores it may use; results do not depend on it"),
          ]),
          "memory": amount("memory it may use: 512MiB, 2GB", units: "B|[KMGT]i?B"),
        ])),
    "timeout": amount("time limit of an attempt: 90s, 10m, 2h", units: "ms|s|m|h|d"),
    "retries": retries,
    "isolation": choice("where it runs", Resources.Isolation.self),
  ]

  private static let retries: Value = {
    let count = Value.map(["type": .string("integer"), "minimum": .int(0), "maximum": .int(100)])
    let cause = choice("end of an attempt", Resources.RetryCause.self)
    let causes = Value.map(["type": .string("array"), "items": cause])
    let form = object(
      ["max", "on"], ["max": count, "on": .map(["anyOf": .list([cause, causes])])])
    return .map([
      "anyOf": .list([count, .map(form)]),
      "description": .string("further attempts: a number, or {max, on: [lost, timeout, failed]}"),
    ])
  }()

  // MARK: Forms

  static let namePattern = "^[a-z][a-z0-9_]*$"

  static func text(_ help: String, _ pattern: String? = nil) -> Value {
    var schema: [String: Value] = [
      "type": .list([.string("string"), .string("number"), .string("boolean")]),
      "description": .string(help),
    ]
    if let pattern { schema["pattern"] = .string(pattern) }
    return .map(schema)
  }

  /// A positive number with a unit behind it, of these alternatives.
  static func amount(_ help: String, units: String) -> Value {
    .map([
      "type": .string("string"),
      "pattern": .string(#"^[+]?([0-9]+\.?[0-9]*|\.[0-9]+) *("# + units + ")$"),
      "description": .string(help),
    ])
  }

  /// A number, or a percentage.
  static let number = Value.map([
    "anyOf": .list([
      .map(["type": .string("number")]),
      .map(["type": .string("string"), "pattern": .string("^[-+.0-9]+ *%$")]),
    ])
  ])

  /// One text or a list of texts.
  static func texts(_ help: String) -> Value {
    .map([
      "type": .list(["string", "number", "boolean", "array"].map(Value.string)),
      "description": .string(help),
    ])
  }

  static func choice<Choice>(_ help: String, _ type: Choice.Type) -> Value
  where Choice: RawRepresentable<String> & CaseIterable {
    .map([
      "enum": .list(Choice.allCases.map { .string($0.rawValue) }), "description": .string(help),
    ])
  }
}

/// A map with these keys, and with others that start with `x-`.
func object(
  _ keys: [String], _ properties: [String: Value], required: [String] = [], help: String = ""
) -> [String: Value] {
  var schema: [String: Value] = [
    "type": .list([.string("object"), .string("null")]), "additionalProperties": .bool(false),
    "patternProperties": .map(["^x-": .map([:])]),
    "properties": .map(
      Dictionary(keys.map { ($0, properties[$0] ?? .map([:])) }, uniquingKeysWith: { $1 })),
  ]
  if !required.isEmpty { schema["required"] = .list(required.map(Value.string)) }
  if !help.isEmpty { schema["description"] = .string(help) }
  return schema
}

/// A map from names of the specification's own to values of one form.
private func named(_ value: Value, help: String) -> Value {
  .map([
    "type": .list([.string("object"), .string("null")]), "additionalProperties": .bool(false),
    "patternProperties": .map(["^x-": .map([:]), SpecSchema.namePattern: value]),
    "description": .string(help),
  ])
}
