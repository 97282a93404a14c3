import Compute
import Foundation
import Testing

/// The tiny CLIP of `Tests/Fixtures/clip`, as the tests of `Compute` read it, too: test targets
/// share no sources, and a library for these few lines would be one more product to build.
enum ExplainFixture {
  /// What two float32 computations in different orders may differ by; the fixture's own two
  /// implementations agree to 1.4e-6.
  static let tolerance: Float = 1e-4

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/clip")

  static func file(_ name: String) throws -> SafeTensorsFile {
    try SafeTensorsFile(reading: folder.appending(path: name + ".safetensors").path)
  }

  static func model() throws -> CLIP {
    let url = folder.appending(path: "config.json")
    return try CLIP(
      reading: folder.appending(path: "model.safetensors").path,
      configuration: CLIPConfiguration(json: Data(contentsOf: url), path: url.path))
  }

  /// `pixels.sq` or `pixels.rect` as `[1, H, W, 3]`.
  static func pixels(_ name: String) throws -> Tensor {
    let pixels = try file("input").floats("pixels.\(name)")
    let (height, width) = (pixels.shape[2], pixels.shape[3])
    let values = pixels.values
    return Tensor([1, height, width, 3]) { target in
      for place in 0..<height * width {
        for channel in 0..<3 {
          target[place * 3 + channel] = values[channel * height * width + place]
        }
      }
    }
  }

  static func ids() throws -> [Int32] {
    try file("input").longIntegers("input_ids").map(Int32.init)
  }
}

/// Compares a tensor with a stored one, element by element.
func expectNear(
  _ tensor: Tensor, _ expected: Tensor, _ name: String,
  tolerance: Float = ExplainFixture.tolerance, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard tensor.count == expected.count else {
    Issue.record("\(name): \(tensor.shape) for \(expected.shape)", sourceLocation: sourceLocation)
    return
  }
  // Not by the largest distance: one that is not a number is never the largest.
  let far = zip(tensor.values, expected.values).enumerated()
    .first { !(abs($1.0 - $1.1) <= tolerance) }
  #expect(far == nil, "\(name)", sourceLocation: sourceLocation)
}
