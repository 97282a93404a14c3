import Compute
import Foundation
import Pipeline

/// A classifier with the history that tables about it need; the form of `model` artifacts.
package struct TrainedClassifier {
  package let classifier: ImageClassifier
  package let provenance: PoisonOverlay.Provenance
  package let seed: Int

  package init(
    classifier: ImageClassifier, provenance: PoisonOverlay.Provenance, seed: Int
  ) {
    self.classifier = classifier
    self.provenance = provenance
    self.seed = seed
  }

  package var classCount: Int { classifier.model.configuration.classCount }

  /// Values of ``ResultColumns/training``.
  var cells: [Value] { [.string(provenance.text), .int(provenance.count), .int(seed)] }

  package func write(to url: URL) throws {
    try classifier.write(
      to: url.path,
      metadata: [
        "training.intensities": PoisonOverlay.Provenance.joined(provenance.intensities),
        "training.target": String(provenance.target),
        "training.poisoned": String(provenance.count), "training.seed": String(seed),
        "training.trigger": provenance.trigger,
      ])
  }

  /// Reads what ``write(to:)`` wrote.
  package init(reading url: URL) throws {
    let metadata = try SafeTensorsFile(reading: url.path).metadata
    func number(_ key: String) -> Int { metadata["training.\(key)"].flatMap { Int($0) } ?? 0 }
    let intensities = metadata["training.intensities", default: ""].split(separator: "+")
    self.init(
      classifier: try ImageClassifier(reading: url.path),
      provenance: PoisonOverlay.Provenance(
        intensities: intensities.compactMap { Double($0) }, target: number("target"),
        count: number("poisoned"), trigger: metadata["training.trigger", default: ""]),
      seed: number("seed"))
  }
}
