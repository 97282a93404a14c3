/// The parts of the schema that describe tables, plots and claims.
enum ViewSchema {
  private static let source: Value = .map([
    "type": .string("string"), "description": .string("stage.output"),
  ])
  private static let filters: Value = .map([
    "type": .string("object"), "description": .string("rows that stay: column: label or labels"),
  ])

  static let table: [String: Value] = [
    "title": SpecSchema.text("above the table"),
    "from": source,
    "rows": SpecSchema.texts("axes or columns whose labels name the lines"),
    "columns": SpecSchema.texts("axes or columns whose labels name the columns"),
    "value": SpecSchema.texts("the measured columns"),
    "over": SpecSchema.texts("aggregated away: mean, sd and n are kept"),
    "where": filters,
    "show": SpecSchema.text("mean, or mean ± sd"),
    "derive": .map([
      "type": .string("object"),
      "description": .string("further columns: worst: \"min(columns)\""),
    ]),
    "format": .map(["description": .string("\".2f\", or {value: \".2f\", scale: 100}")]),
    "highlight": .map([
      "type": .string("object"), "description": .string("{best: max, min or none, per: column}"),
    ]),
  ]

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

  private static let claimProperties: [String: Value] = {
    let cell = SpecSchema.text("a cell: \"table[axis=label].column\"")
    let number = Value.map(["type": .list([.string("number"), .string("string")])])
    return [
      "id": SpecSchema.text("names the claim in reports"),
      "claim": SpecSchema.text("the claim in a sentence"),
      "value": cell, "left": cell, "right": cell,
      "within": .map([
        "type": .string("object"),
        "description": .string("as near to the paper's value as {abs: 3} or {rel: 5%}"),
      ]),
      "at_least": number, "at_most": number, "equals": number, "greater_by": number,
      "less_by": number,
      "between": .map([
        "type": .string("array"), "minItems": .int(2), "maxItems": .int(2),
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
