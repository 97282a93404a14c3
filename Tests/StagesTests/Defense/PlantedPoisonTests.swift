import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// Forty dark images of the classes 0 and 1, six of which are replaced by white ones of class 0:
/// poison that any network tells apart, also one that was never trained.
@Suite struct PlantedPoisonTests {
  private let bench: StageBench
  private let inputs: [String: [StageBench.Output]]
  private static let poisoned = 6

  init() throws {
    let bench = try StageBench()
    func output(_ name: String, _ write: (URL) throws -> Void) throws -> StageBench.Output {
      let url = bench.folder.appending(path: name)
      try write(url)
      return StageBench.Output(url: url, labels: [])
    }
    let (channels, side) = (ImageGeometry.channels, ImageGeometry.side)
    let dark = ByteTensor([40, channels, side, side]) { target in
      for index in 0..<(40 * ImageGeometry.byteCount) { target[index] = UInt8(index * 7 % 11) }
    }
    let set = ImageSet(
      name: "planted", hash: "0a1b2c3d4e5f", classes: Objects10.classes,
      records: LabelledImages(images: dark, labels: (0..<40).map { UInt8($0 % 2) }))
    let train = try output("train") { try set.write(to: $0) }
    let provenance = PoisonOverlay.Provenance(
      intensities: [1], target: 0, count: Self.poisoned, trigger: "")
    let white = [UInt8](repeating: 255, count: Self.poisoned * ImageGeometry.byteCount)
    let overlay = try PoisonOverlay(
      baseHash: train.hash, provenance: provenance,
      indices: (0..<Self.poisoned).map { Int32(2 * $0 + 1) },
      groups: [UInt8](repeating: 0, count: Self.poisoned),
      records: LabelledImages(
        images: ByteTensor(white, shape: [Self.poisoned, channels, side, side]),
        labels: [UInt8](repeating: 0, count: Self.poisoned)))
    let model = TrainedClassifier(
      classifier: ImageClassifier(
        ResNet18(ResNet18Configuration(width: 4, stem: .s2, classCount: 10), seed: 1),
        normalisation: ImageNormalisation(mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])),
      provenance: provenance, seed: 0)
    self.bench = bench
    inputs = [
      "train": [train], "overlay": [try output("overlay") { try overlay.write(to: $0) }],
      "model": [try output("model") { try model.write(to: $0) }],
    ]
  }

  /// 0.1 x 1.5 x 40 records are removed from each class, at most half of it.
  @Test func spectralSignaturesFindIt() throws {
    let table = try #require(
      bench.run("defense.spectral", ["rate": .double(0.1)], inputs: inputs)["classes"]
    ).table
    #expect(table.column("n").prefix(2) == [.int(26), .int(14)])
    #expect(table.column("n_poisoned").prefix(2) == [.int(6), .int(0)])
    #expect(table.column("removed").prefix(3) == [.int(6), .int(6), .int(0)])
    #expect(table.column("recall").prefix(2) == [.double(1), .null])
    #expect(table.column("precision").prefix(2) == [.double(1), .double(0)])
    #expect(table.column("auroc").prefix(2) == [.double(1), .null])
  }

  @Test func clustersSplitIt() throws {
    let table = try #require(
      bench.run("defense.activation_clustering", inputs: inputs)["classes"]
    ).table
    #expect(table.column("smaller_n").first == .int(6))
    #expect(table.column("recall").first == .double(1))
    #expect(table.column("precision").first == .double(1))
    #expect(table.column("flagged").first == .bool(true))
    // A class without records is a row without values, not flagged and not left out.
    #expect(table.column("class").count == 10)
    #expect(table.column("silhouette").last == .null)
    #expect(table.column("flagged").last == .bool(false))
  }
}
