import Compute
import Pipeline

/// `causal.dataset`: a published benchmark as units with treatment, outcome and, where it is known,
/// the truth.
struct CausalDatasetStage: Stage {
  static let kind = "causal.dataset"
  static let version = 1
  static let summary = "Reads a causal benchmark: IHDP, Jobs or Twins, or the embedded units."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("data", .dataset, help: "all units, not split"),
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.dataset + [
        Column("n", .int, help: "units"),
        Column("treated", .int, help: "treated units"),
        Column("features", .int, help: "covariates"),
        Column("naive", .double, help: "difference of the arms' mean outcomes"),
        Column("ate", .double, help: "true average effect; null: not known"),
        Column("att", .double, help: "effect on the treated of the experiment, or the true one"),
      ], help: "one row"),
  ]

  private let name: CausalBenchmark
  private let replication: Int

  init(_ p: inout ParameterReader) {
    name = p.choice("name", default: .ihdp, help: "benchmark; made is embedded and needs no file")
    replication = p.int(
      "replication", default: 1, in: 1...1000, help: "ihdp: which draw of the outcomes")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 0.5, memoryBytes: 128 << 20) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] { try name.files(in: folders) }

  func run(_ context: StageContext) throws {
    let data = try name.read(context.files, replication: replication)
    try data.check(at: name.rawValue)
    try data.write(to: context.output("data"))
    var table = Table(columns: Self.outputs[1].columns)
    table.append(
      data.cells + [
        .int(data.count), .int(data.treatment.count { $0 == 1 }), .int(data.columns.count),
        .measured(data.naiveDifference(Array(0..<data.count))),
        .measured(data.trueEffects.flatMap(Summary.mean)),
        .measured(data.effectOnTreated(Array(0..<data.count))),
      ])
    try table.write(to: context, "summary")
  }
}
