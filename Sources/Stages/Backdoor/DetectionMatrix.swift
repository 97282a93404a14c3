import Compute
import Pipeline

/// AUROC of one defence by training configuration and test intensity, mean over seeds.
struct DetectionMatrix {
  /// Test intensities that the defence was measured at, weak to strong.
  let intensities: [Double]
  private var samples: [String: [Double: [Double]]] = [:]

  /// - Parameters:
  ///   - gathered: rows of `detect` tables.
  ///   - defense: the value of their column `defense` that counts.
  ///   - population: which images are compared.
  /// - Throws: ``StageFailure`` when no row belongs to the defence.
  init(
    _ gathered: [GatheredRow], defense: String, population: DetectionPopulation
  ) throws {
    let own = gathered.filter { $0.text("defense") == defense }
    guard !own.isEmpty else {
      let known = Set(gathered.map { $0.text("defense") }).sorted().joined(separator: ", ")
      throw StageFailure(
        at: "parameter defense", "no row of the tables has defense '\(defense)'",
        why: "they have: \(known)", fix: "name one of these")
    }
    var intensities: [Double] = []
    for row in own where row.text("population") == population.rawValue {
      guard let intensity = row.double("test_intensity") else { continue }
      if !intensities.contains(intensity) { intensities.append(intensity) }
      if let area = row.double("auroc") {
        samples[row.configuration, default: [:]][intensity, default: []].append(area)
      }
    }
    self.intensities = intensities
  }

  /// `nil` when the area is not defined for any seed.
  subscript(configuration: String, intensity: Double) -> Double? {
    Summary.mean(samples[configuration]?[intensity] ?? [])
  }
}
