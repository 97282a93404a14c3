import Compute
import Foundation
import Pipeline

/// Propensities of all units: the `tensors` artifact of `causal.propensity`, tensor `propensities`
/// `[N]`, each strictly between 0 and 1.
struct PropensityFile {
  let values: [Double]

  static func write(_ values: [Double], of data: InputArtifact, to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = ["data": data.hash]
    writer.set("propensities", Tensor(values.map(Float.init)))
    try writer.write(to: url.path)
  }

  /// Reads propensities and checks that they are of these data.
  init(reading input: InputArtifact, of data: InputArtifact, count: Int) throws {
    let file = try SafeTensorsFile(reading: input.url.path)
    values = try file.floats("propensities").values.map(Double.init)
    guard file.metadata["data"] == data.hash, values.count == count else {
      throw StageFailure(
        at: "input propensity", "it was estimated on other data",
        why: "row by row it would weigh the wrong units",
        fix: "give causal.propensity and this stage the same data")
    }
    if let row = values.firstIndex(where: { !($0 > 0 && $0 < 1) }) {
      throw StageFailure(
        at: "input propensity", "unit \(row) has propensity \(values[row])",
        why: "weights divide by it and by 1 minus it",
        fix: "write a clip above 0 for causal.propensity")
    }
  }
}
