import Compute
import Pipeline

/// Attack success by training configuration and test intensity, over seeds.
struct AttackMatrix {
  /// One trained model of a configuration.
  struct Run {
    let seed: Int
    var rates: [Double] = []
    var inclusiveRates: [Double] = []
    let accuracy: Double
    let floor: Double

    var worst: Double { worst(\.rates) }
    var worstInclusive: Double { worst(\.inclusiveRates) }
    /// Mean over test intensities.
    var meanRate: Double { Summary.mean(rates) ?? 0 }

    /// The lowest rate, in one of the two ways of counting.
    func worst(_ counting: KeyPath<Run, [Double]>) -> Double { self[keyPath: counting].min() ?? 0 }

    /// Position of the lowest rate, the first of equals.
    var worstPosition: Int { rates.indices.min { rates[$0] < rates[$1] } ?? 0 }
  }

  struct Row {
    let configuration: String
    /// `1.0+0.1`, or `clean`.
    let intensities: String
    let poisoned: Int
    var runs: [Run] = []

    var isClean: Bool { intensities == "clean" }
    /// Trained on several intensities, controls included.
    var isMix: Bool { intensities.contains("+") }
    /// Trained on one intensity, controls included.
    var isSingle: Bool { !isClean && !isMix }

    /// Mean over seeds.
    func mean(_ value: (Run) -> Double) -> Double { Summary.mean(runs.map(value)) ?? 0 }
    /// Standard deviation over seeds; `nil` for one.
    func deviation(_ value: (Run) -> Double) -> Double? { Summary.deviation(runs.map(value)) }

    /// Position of the intensity with the lowest mean rate, the first of equals.
    func worstPosition(_ counting: KeyPath<Run, [Double]>) -> Int {
      let means = (runs.first?.rates ?? []).indices.map { position in
        mean { $0[keyPath: counting][position] }
      }
      return means.indices.min { means[$0] < means[$1] } ?? 0
    }
  }

  /// Test intensities, weak to strong.
  let intensities: [Double]
  /// In the order of the gathered tables.
  private(set) var rows: [Row] = []
  let datasetName: String
  let datasetHash: String

  /// Values of ``ResultColumns/dataset``.
  var dataset: [Value] { [.string(datasetName), .string(datasetHash)] }

  /// - Throws: ``StageFailure`` without rows, for several data sets, or when configurations were
  ///   tested on different intensities: their worst cases could not be compared.
  init(_ gathered: [GatheredRow]) throws {
    guard let first = gathered.first else {
      throw StageFailure(
        at: "input asr", "no table has a row", why: "there is nothing to summarise",
        fix: "connect the output 'asr' of backdoor.eval")
    }
    let (name, hash) = (first.text("dataset"), first.text("dataset_hash"))
    (datasetName, datasetHash) = (name, hash)
    if let other = gathered.first(where: { $0.text("dataset_hash") != hash }) {
      throw StageFailure(
        at: "input asr",
        "tables of the data sets \(name) and \(other.text("dataset"))",
        why: "rows of one matrix are compared with each other", fix: "gather one data set")
    }
    var grids: [[Double]] = []
    var previous: (configuration: String, seed: Int)?
    for row in gathered {
      let key = (configuration: row.configuration, seed: try row.int("seed"))
      let position = rows.firstIndex { $0.configuration == key.configuration } ?? rows.count
      if position == rows.count {
        rows.append(
          Row(
            configuration: key.configuration, intensities: row.text("train_intensities"),
            poisoned: try row.int("poisoned")))
      }
      if previous?.configuration != key.configuration || previous?.seed != key.seed {
        rows[position].runs.append(
          Run(
            seed: key.seed, accuracy: try row.number("ba"), floor: try row.number("floor")))
        grids.append([])
        previous = key
      }
      let run = rows[position].runs.count - 1
      rows[position].runs[run].rates.append(try row.number("asr"))
      rows[position].runs[run].inclusiveRates.append(try row.number("asr_incl"))
      grids[grids.count - 1].append(try row.number("test_intensity"))
    }
    intensities = grids[0]
    if let other = grids.first(where: { $0 != intensities }) {
      throw StageFailure(
        at: "input asr", "rows tested on \(other) and on \(grids[0])",
        why: "worst cases over different intensities cannot be compared",
        fix: "give every backdoor.eval the same intensities")
    }
  }

  /// The row with the highest mean worst case among some; `nil` when there is none.
  func best(_ isCandidate: (Row) -> Bool, _ counting: KeyPath<Run, [Double]>) -> Row? {
    rows.filter(isCandidate).max { left, right in
      left.mean { $0.worst(counting) } < right.mean { $0.worst(counting) }
    }
  }

  /// The single-intensity row trained on the strongest intensity.
  var strongestSingle: Row? {
    let names = intensities.map { Value.double($0).plainText }
    return rows.filter(\.isSingle).max {
      names.firstIndex(of: $0.intensities) ?? -1 < names.firstIndex(of: $1.intensities) ?? -1
    }
  }
}
