import Compute

/// An embedded set of 32x32 colour images: ten shapes over clutter, drawn from random numbers.
///
/// Every image is a function of (seed, split, index) and basic arithmetic only, so each platform
/// draws the same bytes. A scene is a noisy gradient, small pieces of clutter, one shape of the
/// image's class in random colour, size, place and rotation, often a bar that hides a part of it,
/// and pixel noise: easy for a person, not saturated by a small network.
package enum Objects10 {
  package static let version = 1
  package static let classes = Shape.allCases.map(\.rawValue)
  static let side = 32

  /// Class names and outlines; the raw order is the class number.
  enum Shape: String, CaseIterable {
    case disk, ring, square, frame, triangle, cross, star, crescent, bars, angle

    /// Whether a point of the shape's own square -1...1 belongs to it.
    func contains(_ u: Double, _ v: Double) -> Bool {
      let reach = max(abs(u), abs(v))
      let radius = u * u + v * v
      switch self {
      case .disk: return radius <= 0.8
      case .ring: return radius <= 0.9 && radius >= 0.35
      case .square: return reach <= 0.78
      case .frame: return reach <= 0.82 && reach >= 0.48
      case .triangle: return v <= 0.55 && 1.75 * abs(u) - v <= 1
      case .cross: return min(abs(u), abs(v)) <= 0.26 && reach <= 0.9
      case .star: return abs(u).squareRoot() + abs(v).squareRoot() <= 1.02
      case .crescent: return radius <= 0.85 && (u - 0.45) * (u - 0.45) + v * v > 0.45
      case .bars: return abs(u) <= 0.85 && abs(v) <= 0.7 && abs(v) >= 0.22
      case .angle:
        return (abs(u + 0.5) <= 0.26 && abs(v) <= 0.85) || (abs(v - 0.6) <= 0.26 && abs(u) <= 0.76)
      }
    }
  }

  /// `count` images of a split; image i has class i mod 10.
  package static func make(
    _ count: Int, split: String, seed: Int, lanes: Lanes
  ) -> LabelledImages {
    let labels = (0..<count).map { UInt8($0 % classes.count) }
    let parts = lanes.mapChunks(of: count, size: 256) { _, items in
      var pixels: [UInt8] = []
      pixels.reserveCapacity(items.count * 3072)
      for index in items {
        let random = RandomStream.generator(
          seed: UInt64(bitPattern: Int64(seed)), purpose: "objects10 \(split)", index)
        var canvas = Objects10Canvas(random: random)
        canvas.paintScene(of: Shape.allCases[index % classes.count])
        pixels.append(contentsOf: canvas.bytes())
      }
      return pixels
    }
    return LabelledImages(
      images: ByteTensor(Array(parts.joined()), shape: [count, 3, side, side]), labels: labels)
  }
}
