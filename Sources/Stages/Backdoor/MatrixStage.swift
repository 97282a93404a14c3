import Foundation
import Pipeline

/// `backdoor.matrix`: the training x test matrix of attack success, its summary and figures.
struct MatrixStage: Stage {
  static let kind = "backdoor.matrix"
  static let version = 1
  static let summary =
    "Gathers attack and detection tables into the intensity matrix, its summary and figures."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("asr", .table, isList: true, help: "tables of backdoor.eval, gathered"),
    InputSlot("detect", .table, isList: true, help: "tables of a detector, gathered"),
  ]
  private static let configuration = [
    Column("train", .string, help: "training configuration: its labels on the gathered axes"),
    Column("train_intensities", .string, help: "intensities of the poison, or 'clean'"),
    Column("poisoned", .int, help: "poisoned training records"),
    Column("seeds", .int, help: "trained models"),
  ]
  private static let accuracy = [
    Column("ba", .double, unit: "fraction", direction: .higher, help: "benign accuracy"),
    Column("floor", .double, unit: "fraction", help: "target predictions without a trigger"),
    Column("worst", .double, unit: "fraction", direction: .higher, help: "worst-case ASR"),
  ]
  private static let worstCase = [
    Column("worst_at", .double, help: "test intensity of the worst case"),
    Column("worst_incl", .double, unit: "fraction", help: "worst-case ASR_incl"),
    Column("mean", .double, unit: "fraction", help: "mean ASR over test intensities"),
  ]
  static let outputs = [
    OutputSlot(
      "intensity_matrix", .table,
      columns: ResultColumns.dataset + configuration + [
        Column("test_intensity", .double, help: "intensity of the test trigger"),
        Column("asr", .double, unit: "fraction", direction: .higher, help: "mean over seeds"),
        Column("asr_sd", .double, unit: "fraction", help: "over seeds; null for one"),
        Column("asr_incl", .double, unit: "fraction", help: "as the paper counts; mean over seeds"),
        Column("floor", .double, unit: "fraction", help: "without a trigger; mean over seeds"),
      ], help: "one row per configuration and test intensity"),
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.dataset + configuration + accuracy + [
        Column("worst_sd", .double, unit: "fraction", help: "over seeds; null for one")
      ] + worstCase, help: "one row per configuration"),
    OutputSlot(
      "runs", .table,
      columns: ResultColumns.dataset + configuration + [
        Column("seed", .int, help: "seed of the training")
      ] + accuracy + worstCase, help: "one row per trained model"),
    OutputSlot(
      "headline", .table,
      columns: ResultColumns.dataset + [
        Column("line", .string, help: "what is compared"),
        Column("value", .double, help: "fraction or area; null: not defined"),
        Column("detail", .string, help: "where the value comes from"),
      ], help: "the comparisons that the claims are about"),
    OutputSlot("asr_map", .figure, help: "heat map of attack success"),
    OutputSlot("auroc_map", .figure, help: "heat map of the detector's AUROC"),
    OutputSlot("tradeoff", .figure, help: "AUROC against attack success"),
  ]

  private let detector: Detector
  private let population: DetectionPopulation
  private let kept: Double

  init(_ p: inout ParameterReader) {
    detector = p.choice(
      "defense", default: .scaleUpDataFree, help: "detector of the headline and the figures")
    population = p.choice(
      "population", default: .otherClasses, help: "images that the AUROC compares")
    kept = p.double(
      "kept", default: 0.9, in: .above(0, through: 1), unit: "fraction",
      help: "attack success that a mismatched intensity must keep")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    let matrix = try AttackMatrix(
      GatheredRow.read(
        context.inputList("asr"), columns: EvaluateStage.outputs[0].columns))
    let rows = try GatheredRow.read(context.inputList("detect"), columns: Detection.columns)
    let detection = try DetectionMatrix(
      rows, detector: detector, population: population, beside: matrix)
    let filtered = try DetectionMatrix(
      rows, detector: detector, population: .filtered, beside: matrix)
    try intensityTable(matrix).write(to: context, "intensity_matrix")
    try summaryTable(matrix).write(to: context, "summary")
    try runsTable(matrix).write(to: context, "runs")
    var headline = Table(columns: Self.outputs[3].columns)
    let lines = MatrixHeadline(
      matrix: matrix, detection: detection, filtered: filtered, kept: kept
    ).lines
    for line in lines {
      headline.append(
        matrix.dataset + [.string(line.name), .measured(line.value), .string(line.detail)])
    }
    try headline.write(to: context, "headline")
    let figures = MatrixFigures(matrix: matrix, detection: detection, detector: detector)
    try Data(figures.asrMap.svg.utf8).write(to: context.output("asr_map"))
    try Data(figures.aurocMap.svg.utf8).write(to: context.output("auroc_map"))
    try Data(figures.tradeoff.svg.utf8).write(to: context.output("tradeoff"))
  }

  private func leading(_ row: AttackMatrix.Row, in matrix: AttackMatrix) -> [Value] {
    matrix.dataset + [
      .string(row.configuration), .string(row.intensities), .int(row.poisoned),
      .int(row.runs.count),
    ]
  }

  private func intensityTable(_ matrix: AttackMatrix) -> Table {
    var table = Table(columns: Self.outputs[0].columns)
    for row in matrix.rows {
      for (position, intensity) in matrix.intensities.enumerated() {
        table.append(
          leading(row, in: matrix) + [
            .double(intensity), .double(row.mean { $0.rates[position] }),
            .measured(row.deviation { $0.rates[position] }),
            .double(row.mean { $0.inclusiveRates[position] }), .double(row.mean(\.floor)),
          ])
      }
    }
    return table
  }

  private func summaryTable(_ matrix: AttackMatrix) -> Table {
    var table = Table(columns: Self.outputs[1].columns)
    for row in matrix.rows {
      table.append(
        leading(row, in: matrix) + [
          .double(row.mean(\.accuracy)), .double(row.mean(\.floor)), .double(row.mean(\.worst)),
          .measured(row.deviation(\.worst)),
          .double(matrix.intensities[row.worstPosition(\.rates)]),
          .double(row.mean(\.worstInclusive)), .double(row.mean(\.meanRate)),
        ])
    }
    return table
  }

  private func runsTable(_ matrix: AttackMatrix) -> Table {
    var table = Table(columns: Self.outputs[2].columns)
    for row in matrix.rows {
      for run in row.runs {
        table.append(
          leading(row, in: matrix) + [
            .int(run.seed), .double(run.accuracy), .double(run.floor), .double(run.worst),
            .double(matrix.intensities[run.worstPosition]), .double(run.worstInclusive),
            .double(run.meanRate),
          ])
      }
    }
    return table
  }
}
