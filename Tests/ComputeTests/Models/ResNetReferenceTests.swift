import Compute
import Foundation
import Testing

/// One training pass of ResNet-18 against numbers of PyTorch in float64 (Tests/Fixtures/resnet).
///
/// No ReLU of the reference is closer than 2e-4 to its corner, so that rounding switches none.
struct ResNetReferenceTests {
  /// Rounding of eighteen layers in float32, each normalised by its own statistics.
  static let directTolerance = 2e-5
  /// The same with Winograd's three bits less in the layers of 16 channels and more.
  static let winogradTolerance = 1e-4

  private static var file: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Fixtures/resnet/reference.safetensors").path
  }

  /// The network of the reference: parameter i of the layout is `offset + factor * values`, drawn
  /// with seed 100 + i.
  private static func model(precise: Bool) -> ResNet18 {
    let model = ResNet18(
      ResNet18Configuration(width: 8, stem: .s1, classCount: 10, precise: precise), seed: 0)
    for (index, entry) in model.parameters.layout.entries.enumerated() {
      let (offset, factor): (Float, Float) =
        if entry.name.hasSuffix("norm.scale") {
          (1, 0.25)
        } else if entry.shape.rank == 4 {
          (0, Float(2 / Double(entry.shape.count / entry.shape[3]).squareRoot()))
        } else {
          (0, 0.25)
        }
      let values = Reference.values(entry.shape.count, seed: 100 + UInt64(index))
      model.parameters.setValue(
        Tensor(values.map { offset + factor * $0 }, shape: entry.shape), of: entry)
    }
    return model
  }

  private func expect(
    _ tensor: Tensor, _ name: String, in file: SafeTensorsFile, within tolerance: Double
  ) throws {
    let expected = try file.floats(name)
    #expect(tensor.shape == expected.shape, "\(name)")
    let error = Reference.relativeError(tensor.values, expected.values.map(Double.init))
    #expect(error < tolerance, "\(name)")
  }

  @Test(arguments: [true, false]) func trainingPassMatchesPyTorch(precise: Bool) throws {
    let tolerance = precise ? Self.directTolerance : Self.winogradTolerance
    let file = try SafeTensorsFile(reading: Self.file)
    let model = Self.model(precise: precise)
    let images = Tensor(Reference.values(3 * 16 * 16 * 3, seed: 20), shape: [3, 16, 16, 3])
    let tape = Tape(lanes: Lanes(2))
    let (logits, features) = model(.constant(images), on: tape)
    let loss = tape.softmaxCrossEntropy(logits, labels: [0, 3, 6]).mean
    tape.backward(from: loss)
    try expect(logits.value, "logits", in: file, within: tolerance)
    try expect(features.value, "features", in: file, within: tolerance)
    try expect(loss.value.reshaped([1]), "loss", in: file, within: tolerance)
    for entry in model.statistics.layout.entries where entry.name != "features.mask" {
      try expect(
        model.statistics.value(of: entry), "statistics.\(entry.name)", in: file, within: tolerance)
    }
    for entry in model.parameters.layout.entries {
      let gradient = model.parameters.gradient(of: entry).values
      let step = max(1, gradient.count / 64)
      let sample = stride(from: 0, to: gradient.count, by: step).prefix(64).map { gradient[$0] }
      try expect(Tensor(sample), "gradient.\(entry.name)", in: file, within: tolerance)
      let norm = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      try expect(Tensor([Float(norm)]), "norm.\(entry.name)", in: file, within: tolerance)
    }
  }
}
