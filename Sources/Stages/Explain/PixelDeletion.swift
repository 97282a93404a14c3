import Compute

/// Images from which pixels are taken in the order of a map, or to which they are given.
package struct PixelDeletion {
  package enum Fill: String, Sendable, CaseIterable { case noise, zero, mean, blur }
  package enum Direction: String, Sendable, CaseIterable { case deletion, insertion }

  package let fill: Fill
  /// Steps, and how many lie between two images.
  let steps: Int
  let every: Int
  /// Share of the pixels that all steps change.
  let fraction: Double
  let seed: UInt64

  package init(fill: Fill, steps: Int, every: Int, fraction: Double, seed: UInt64) {
    self.fill = fill
    self.steps = steps
    self.every = every
    self.fraction = fraction
    self.seed = seed
  }

  /// Images along the way: the whole one and one behind every tenth step for deletion; one behind
  /// every tenth step and the whole one for insertion.
  ///
  /// - Parameters:
  ///   - image: `[1, H, W, 3]`.
  ///   - order: its places, the first to change first.
  ///   - direction: whether they are taken or given.
  ///   - number: of the image: noise is its own, and the same for all methods.
  /// - Returns: `[steps / every + 1, H, W, 3]`.
  package func images(
    _ image: ByteTensor, order: [Int], _ direction: Direction, number: Int
  ) -> ByteTensor {
    let perStep = Int(Double(order.count) * fraction / Double(steps))
    let points = steps / every
    let original = image.values
    let other =
      direction == .deletion
      ? filler(original, width: image.shape[2], number: number)
      : [UInt8](repeating: 0, count: original.count)
    let (start, target) = direction == .deletion ? (original, other) : (other, original)
    var current = start
    var all = direction == .deletion ? original : []
    for point in 1...points {
      let range = (point - 1) * every * perStep..<min(order.count, point * every * perStep)
      for place in order[range] {
        for channel in 0..<3 { current[place * 3 + channel] = target[place * 3 + channel] }
      }
      all += current
    }
    if direction == .insertion { all += original }
    return ByteTensor(all, shape: Shape([points + 1] + image.shape.axes.dropFirst()))
  }

  private func filler(_ pixels: [UInt8], width: Int, number: Int) -> [UInt8] {
    switch fill {
    case .noise:
      var random = RandomStream.generator(seed: seed, purpose: "deletion noise", number)
      return pixels.map { _ in UInt8(random.index(below: 256)) }
    case .zero:
      return [UInt8](repeating: 0, count: pixels.count)
    case .mean:
      let places = pixels.count / 3
      let means = (0..<3).map { channel in
        (0..<places).reduce(0) { $0 + Int(pixels[$1 * 3 + channel]) } / max(1, places)
      }
      return pixels.indices.map { UInt8(means[$0 % 3]) }
    case .blur:
      let height = pixels.count / 3 / width
      let image = ByteTensor(pixels, shape: [height, width, 3])
      let small = Resampling.squashedPictures.resized(
        image, rows: max(1, height / 8), columns: max(1, width / 8))
      return Resampling.squashedPictures.resized(small, rows: height, columns: width).values
    }
  }
}
