import Compute
import Stages
import Testing

struct PixelDeletionTests {
  private static let image = ByteTensor(
    (0..<64 * 64 * 3).map { UInt8($0 % 251) }, shape: [1, 64, 64, 3])
  private static let order = (0..<4096).map { 4095 - $0 }

  private static func changed(_ images: ByteTensor, _ point: Int) -> [Int] {
    let found = images.rows(point..<point + 1).values
    let original = image.values
    return (0..<4096).filter { place in
      (0..<3).contains { found[place * 3 + $0] != original[place * 3 + $0] }
    }
  }

  /// Check F of the method's card: 20 pixels a step, 200 a point, 2,000 (48.8 %) at the end.
  @Test func pixelsOfADeletion() {
    let deletion = PixelDeletion(fill: .zero, steps: 100, every: 10, fraction: 0.5, seed: 0)
    let images = deletion.images(Self.image, order: Self.order, .deletion, number: 3)
    #expect(images.shape == [11, 64, 64, 3])
    for point in 0...10 {
      let count = Self.changed(images, point).count
      // A pixel that is black already does not change: there is none of three zeros.
      #expect(count == 200 * point)
    }
    #expect(Self.changed(images, 1).allSatisfy { $0 >= 4096 - 200 })
  }

  /// Insertion begins with 200 pixels on black and ends with the whole image.
  @Test func pixelsOfAnInsertion() {
    let deletion = PixelDeletion(fill: .noise, steps: 100, every: 10, fraction: 0.5, seed: 0)
    let images = deletion.images(Self.image, order: Self.order, .insertion, number: 3)
    #expect(images.shape == [11, 64, 64, 3])
    for point in 0..<10 {
      #expect(Self.changed(images, point).count == 4096 - 200 * (point + 1))
    }
    #expect(Self.changed(images, 10).isEmpty)
  }

  /// Noise belongs to the image and the seed: all methods see the same.
  @Test func noiseIsShared() {
    func images(_ seed: UInt64, _ number: Int) -> ByteTensor {
      PixelDeletion(fill: .noise, steps: 100, every: 10, fraction: 0.5, seed: seed)
        .images(Self.image, order: Self.order, .deletion, number: number)
    }
    #expect(images(1, 3) == images(1, 3))
    #expect(images(1, 3) != images(1, 4))
    #expect(images(1, 3) != images(2, 3))
  }

  @Test(arguments: [PixelDeletion.Fill.mean, .blur]) func otherFills(fill: PixelDeletion.Fill) {
    let images = PixelDeletion(fill: fill, steps: 2, every: 1, fraction: 1, seed: 0)
      .images(Self.image, order: Self.order, .deletion, number: 0)
    #expect(images.shape == [3, 64, 64, 3])
    let last = images.rows(2..<3).values.map(Int.init)
    let spread = (last.max() ?? 0) - (last.min() ?? 0)
    #expect(fill == .mean ? spread <= 3 : spread < 200)
  }
}
