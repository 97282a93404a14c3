import Compute
import Foundation
import Testing

struct ImageClassifierTests {
  static func images(_ count: Int, size: Int = 32, seed: UInt64 = 5) -> ByteTensor {
    var random = RandomStream.generator(seed: seed, purpose: "images")
    let values = (0..<count * 3 * size * size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return ByteTensor(values, shape: [count, 3, size, size])
  }

  static func classifier(
    width: Int = 4, stem: ResNet18Configuration.Stem = .s2, seed: UInt64 = 1
  ) -> ImageClassifier {
    ImageClassifier(
      ResNet18(ResNet18Configuration(width: width, stem: stem, classCount: 10), seed: seed),
      normalisation: ImageNormalisation(
        mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]))
  }

  @Test func evaluationIsTheSameOnAnyLanesAndInAnyCompany() {
    let (classifier, images) = (Self.classifier(), Self.images(150))
    let one = classifier.evaluate(images, lanes: Lanes(1))
    let two = classifier.evaluate(images, lanes: Lanes(2))
    #expect(one.logits.shape == [150, 10])
    #expect(one.logits == two.logits)
    #expect(one.features == two.features)
    for item in [0..<1, 149..<150] {
      #expect(classifier.logits(images.rows(item), lanes: Lanes(1)) == one.logits.rows(item))
    }
    #expect(classifier.logits(images.rows(0..<64), lanes: Lanes(1)) == one.logits.rows(0..<64))
    #expect(classifier.predictions(images, lanes: Lanes(2)) == one.logits.largestColumns())
    #expect(classifier.logits(images.rows(0..<0), lanes: Lanes(1)).shape == [0, 10])
  }

  @Test func maskRemovesAFeature() {
    let classifier = Self.classifier()
    let images = Self.images(3)
    let before = classifier.features(images, lanes: Lanes(1)).values
    var mask = classifier.model.mask.values
    mask[5] = 0
    classifier.model.mask = Tensor(mask)
    let after = classifier.features(images, lanes: Lanes(1)).values
    for (index, pair) in zip(before, after).enumerated() {
      #expect(pair.1 == (index % 32 == 5 ? 0 : pair.0))
    }
  }

  @Test func checkpointRoundTrip() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (a, b) = (folder.appendingPathComponent("a").path, folder.appendingPathComponent("b").path)
    let classifier = Self.classifier()
    try classifier.write(to: a)
    let again = try ImageClassifier(reading: a)
    try again.write(to: b)
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: a)) == Data(contentsOf: URL(fileURLWithPath: b)))
    let images = Self.images(4)
    #expect(classifier.logits(images, lanes: Lanes(1)) == again.logits(images, lanes: Lanes(1)))
    #expect(again.normalisation == classifier.normalisation)
  }

  @Test func refusesAnotherFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var writer = SafeTensorsWriter()
    writer.metadata = ["width": "100000"]
    try writer.write(to: path)
    let error = #expect(throws: ImageClassifier.CheckpointError.self) {
      try ImageClassifier(reading: path)
    }
    #expect(
      error?.description
        == "\(path): metadata \"width\" is \"100000\", not what a classifier's checkpoint holds\n"
        + "fix: use a checkpoint that this program trained")
  }
}
