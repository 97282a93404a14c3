import Pipeline

/// A small attack matrix: training rows 1.0 and mix, testing 0.1 and 1.0, three seeds.
enum ViewSamples {
  static let here = SourceLocation(file: "x.yaml", line: 7, column: 3)
  static let dataset = DatasetReference(name: "cifar10 (copy 1a2b3c4d)", hash: "1a2b3c4d")

  static let schema = [
    Column("test", .double), Column("n", .int),
    Column("asr", .double, unit: "fraction", direction: .higher, countColumn: "n"),
  ]

  /// ASR at testing 0.1 and 1.0, by training row and seed.
  static let asr: [(train: String, seed: String, values: [Double?])] = [
    ("1.0", "1", [0.10, 0.98]), ("1.0", "2", [0.12, 0.97]), ("1.0", "3", [0.14, 0.99]),
    ("mix", "1", [0.80, 0.99]), ("mix", "2", [0.85, 0.84]), ("mix", "3", [0.90, 1.00]),
  ]

  static func instances(
    _ values: [(train: String, seed: String, values: [Double?])] = asr
  ) -> [InstanceResult] {
    values.map { train, seed, values in
      var instance = InstanceResult(
        stage: "attack",
        labels: [.init(axis: "train", label: train), .init(axis: "seed", label: seed)],
        status: .ran)
      instance.tables["scores"] = Table(
        columns: schema,
        rows: zip([0.1, 1.0], values).map { test, asr in
          [.double(test), .int(1000), asr.map(Value.double) ?? .null]
        })
      return instance
    }
  }

  static func view(
    rows: [String] = ["train"], columns: [String] = ["test"], values: [String] = ["asr"],
    filters: [(column: String, labels: [String])] = [], over: [String] = ["seed"],
    derived: [TableView.Derived] = [.init(name: "worst", function: .min)]
  ) -> TableView {
    var format = TableView.Format()
    format.numbers.decimals = 2
    format.scale = 100
    format.showsSpread = true
    return TableView(
      name: "asr", title: "Attack success", stage: "attack", output: "scores", rows: rows,
      columns: columns, values: values, filters: filters, over: over, derived: derived,
      format: format, highlight: .init(prefersHigher: true), location: here)
  }

  static func table(_ instances: [InstanceResult] = instances()) throws -> PivotTable {
    try view().evaluate(instances, dataset: dataset)
  }
}

/// The testing library has an `Expectation` of its own.
typealias Claim = Pipeline.Expectation
