/// The parts of the schema that describe tables, plots and claims.
enum ViewSchema {
  private static let source: Value = .map([
    "type": .string("string"), "description": .string("stage.output"),
  ])
  private static let filters: Value = .map([
    "type": .string("object"), "description": .string("rows that stay: column: label or labels"),
  ])

  static let table: Value = {
    var schema = object(ViewReader.tableKeys, tableProperties, required: ["from", "value"])
    schema["type"] = .string("object")
    return .map(schema)
  }()

  private static let tableProperties: [String: Value] = [
    "title": SpecSchema.text("above the table"),
    "from": source,
    "rows": SpecSchema.texts("axes or columns whose labels name the lines"),
    "columns": SpecSchema.texts("axes or columns whose labels name the columns"),
    "value": SpecSchema.texts("the measured columns"),
    "over": SpecSchema.texts("aggregated away: mean, sd and n are kept"),
    "where": filters,
    "show": oneOf(["mean", "mean ± sd"], help: "mean, or mean ± sd"),
    "derive": .map([
      "type": .string("object"),
      "additionalProperties": oneOf(
        TableView.Derived.Function.allCases.map { "\($0.rawValue)(columns)" },
        help: "over the columns"),
      "description": .string("further columns: worst: \"min(columns)\""),
    ]),
    "format": .map([
      "anyOf": .list([
        digits,
        .map(
          object(
            ["value", "scale"],
            ["value": digits, "scale": SpecSchema.number])),
      ]), "description": .string("\".2f\", \".2e\", or {value: \".2f\", scale: 100}"),
    ]),
    "highlight": .map(
      object(
        ["best", "per"],
        [
          "best": oneOf(["max", "min", "none"], help: "which is marked"),
          "per": oneOf(["column"], help: "the best of each column"),
        ], required: ["best"], help: "{best: max, min or none, per: column}")),
  ]

  /// `.2f` or `.2e`; YAML reads it as a text whether it is quoted or not.
  private static let digits = Value.map([
    "type": .string("string"), "pattern": .string(#"^\.[0-9][fe]$"#),
  ])

  private static func oneOf(_ texts: [String], help: String) -> Value {
    .map(["enum": .list(texts.map(Value.string)), "description": .string(help)])
  }

  static let plot: [String: Value] = [
    "title": SpecSchema.text("above the figure"),
    "kind": SpecSchema.choice("how it is drawn", PlotView.Kind.self),
    "from": source,
    "table": SpecSchema.text("the table that a heat map shows"),
    "x": SpecSchema.text("column or axis along the x-axis"),
    "y": SpecSchema.text("column along the y-axis"),
    "color": SpecSchema.text("axis with one colour a label"),
    "columns": SpecSchema.text("axis whose labels stand side by side"),
    "over": SpecSchema.texts("aggregated away"),
    "where": filters,
  ]

  static var claim: Value {
    var schema = object(ViewReader.expectKeys, claimProperties, required: ["id"])
    schema["oneOf"] = .list(
      ViewReader.operators.map { .map(["required": .list([.string($0)])]) })
    return .map(schema)
  }

  private static let within: Value = {
    var schema = object(
      ["abs", "rel"], ["abs": SpecSchema.number, "rel": SpecSchema.number],
      help: "as near to the paper's value as {abs: 3} or {rel: 5%}")
    schema["type"] = .string("object")
    schema["minProperties"] = .int(1)
    return .map(schema)
  }()

  private static let claimProperties: [String: Value] = {
    let cell = SpecSchema.text("a cell: \"table[axis=label].column\"")
    let number = SpecSchema.number
    return [
      "id": SpecSchema.text("names the claim in reports"),
      "claim": SpecSchema.text("the claim in a sentence"),
      "value": cell, "left": cell, "right": cell,
      "within": within,
      "at_least": number, "at_most": number, "equals": number, "greater_by": number,
      "less_by": number,
      "between": .map([
        "type": .string("array"), "minItems": .int(2), "maxItems": .int(2), "items": number,
        "description": .string("[low, high]"),
      ]),
      "order": .map([
        "type": .string("array"), "minItems": .int(3),
        "description": .string("cells with \">\" or \"<\" between them: [a, \">\", b]"),
      ]),
      "no_worse_than": .map(
        object(
          ViewReader.baselineKeys,
          [
            "baseline": SpecSchema.text("the file; default: the experiment's own baseline"),
            "abs": number, "rel": number,
            "better": SpecSchema.choice("where the column declares none", Expectation.Better.self),
          ], help: "how much worse than in a baseline it may be")),
      "paper": .map(
        object(
          ViewReader.paperKeys,
          [
            "value": number, "left": number, "right": number,
            "where": SpecSchema.text("where it is printed: abstract, Table 2"),
            "dataset": SpecSchema.text("the data set that the number belongs to"),
          ], help: "the paper's own numbers, shown beside ours")),
      "seeds": SpecSchema.choice("how seeds support it", Expectation.Seeds.self),
      "level": SpecSchema.choice("whether it fails a run", Expectation.Level.self),
      "profiles": SpecSchema.texts("profiles at which it is judged"),
    ]
  }()
}
