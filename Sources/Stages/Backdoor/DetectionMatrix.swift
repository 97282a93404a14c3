import Compute
import Pipeline

/// AUROC of one defence by training configuration and test intensity, mean over seeds.
struct DetectionMatrix {
  /// What was measured of a configuration at a test intensity.
  struct Cell {
    /// `nil` when the area is not defined for any seed.
    let auroc: Double?
    /// Attack success on the same images.
    let asr: Double?
    /// Seeds whose area is defined.
    let defined: Int
  }

  /// Test intensities that the defence was measured at, weak to strong.
  let intensities: [Double]
  private var rows: [String: [Double: [GatheredRow]]] = [:]

  /// - Parameters:
  ///   - gathered: rows of `detect` tables.
  ///   - detector: the defence that counts.
  ///   - population: which images are compared.
  ///   - matrix: the attack on the same models.
  /// - Throws: ``StageFailure`` when no row belongs to the defence, when rows are of another data
  ///   set than the attack, or when configurations were tested on different intensities.
  init(
    _ gathered: [GatheredRow], detector: Detector, population: DetectionPopulation,
    beside matrix: AttackMatrix
  ) throws {
    let own = gathered.filter {
      $0.text("defense") == detector.rawValue && $0.text("population") == population.rawValue
    }
    guard !own.isEmpty else {
      let known = Set(gathered.map { $0.text("defense") }).sorted().joined(separator: ", ")
      throw StageFailure(
        at: "parameter defense", "no row of the tables has defense '\(detector.rawValue)'",
        why: "they have: \(known)", fix: "name one of these")
    }
    if let other = own.first(where: { $0.text("dataset_hash") != matrix.datasetHash }) {
      throw StageFailure(
        at: "input detect", "a table of data set \(other.text("dataset"))",
        why: "the attack was measured on \(matrix.datasetName)", fix: "gather one data set")
    }
    for row in own {
      let intensity = try row.number("test_intensity")
      rows[row.configuration, default: [:]][intensity, default: []].append(row)
    }
    // The order of the first configuration; a set has none.
    let first = own[0].configuration
    var intensities: [Double] = []
    for row in own where row.configuration == first {
      let intensity = try row.number("test_intensity")
      if !intensities.contains(intensity) { intensities.append(intensity) }
    }
    self.intensities = intensities
    for (configuration, cells) in rows.sorted(by: { $0.key < $1.key })
    where Set(cells.keys) != Set(intensities) {
      throw StageFailure(
        at: "input detect",
        "'\(configuration)' was tested on \(cells.keys.sorted()), '\(first)' on \(intensities)",
        why: "areas over different intensities cannot be compared",
        fix: "give every detector the same intensities")
    }
  }

  subscript(configuration: String, intensity: Double) -> Cell {
    let measured = rows[configuration]?[intensity] ?? []
    let areas = measured.compactMap { $0.double("auroc") }
    return Cell(
      auroc: Summary.mean(areas), asr: Summary.mean(measured.compactMap { $0.double("asr") }),
      defined: areas.count)
  }
}
