import Compute
import Testing

struct ImageNormalisationTests {
  private let plain = ImageNormalisation(mean: [0, 0, 0], deviation: [1, 1, 1])

  @Test func byHand() {
    // One image, 3 channels, 1 x 2 pixels.
    let image = ByteTensor([0, 255, 51, 102, 255, 0], shape: [1, 3, 1, 2])
    let normalisation = ImageNormalisation(mean: [0.5, 0, 0.5], deviation: [0.5, 0.2, 0.25])
    let x = image.normalised(by: normalisation, lanes: Lanes(1))
    #expect(x.shape == [1, 1, 2, 3])
    #expect(isClose(x, [-1, 1, 2, 1, 2, -2]))
  }

  @Test func shiftsAndMirrors() {
    let image = ByteTensor([51, 102, 153, 204], shape: [1, 1, 2, 2])
    let grey = ImageNormalisation(mean: [0], deviation: [1])
    func moved(_ transform: ImageTransform) -> Tensor {
      image.normalised(by: grey, transforms: [transform], lanes: Lanes(1))
    }
    var transform = ImageTransform()
    transform.rowShift = 1
    #expect(isClose(moved(transform), [0.6, 0.8, 0, 0]))
    transform.columnShift = -1
    #expect(isClose(moved(transform), [0, 0.6, 0, 0]))
    transform.isMirrored = true
    #expect(isClose(moved(transform), [0.6, 0, 0, 0]))
  }

  @Test func quarterTurnIsCounterClockwise() {
    let image = ByteTensor([51, 102, 153, 204], shape: [1, 1, 2, 2])
    var transform = ImageTransform()
    transform.radians = Double.pi / 2
    let turned = image.normalised(
      by: ImageNormalisation(mean: [0], deviation: [1]), transforms: [transform], lanes: Lanes(1))
    // The right column becomes the top row.
    #expect(isClose(turned, [0.4, 0.8, 0.2, 0.6], tolerance: 1e-5))
  }

  /// Enough images for several chunks, each moved in its own way.
  @Test func everyImageGetsItsOwnTransform() {
    let images = ImageClassifierTests.images(25)
    let augmentation = Augmentation(cropPadding: 4, flips: true, rotationDegrees: 15)
    let transforms = (0..<25).map { augmentation.transform(image: $0, epoch: 0, seed: 3) }
    #expect(Set(transforms.map(\.radians)).count == 25)
    func moved(_ items: Range<Int>, lanes: Int) -> Tensor {
      images.rows(items).normalised(
        by: plain, transforms: Array(transforms[items]), lanes: Lanes(lanes))
    }
    let together = moved(0..<25, lanes: 2)
    #expect(together == moved(0..<25, lanes: 1))
    for image in 0..<25 {
      let item = image..<image + 1
      #expect(together.rows(item) == moved(item, lanes: 1), "image \(image)")
    }
  }

  @Test func augmentationIsAddressed() {
    let augmentation = Augmentation(cropPadding: 4, flips: true, rotationDegrees: 15)
    let transforms = (0..<400).map { augmentation.transform(image: $0, epoch: 1, seed: 7) }
    #expect(transforms[3] == augmentation.transform(image: 3, epoch: 1, seed: 7))
    #expect(transforms[3] != augmentation.transform(image: 3, epoch: 2, seed: 7))
    #expect(Set(transforms.map(\.rowShift)) == Set(-4...4))
    #expect(Set(transforms.map(\.columnShift)) == Set(-4...4))
    // Four standard deviations of 400 fair coins.
    #expect(abs(transforms.count(where: \.isMirrored) - 200) < 40)
    #expect(transforms.allSatisfy { abs($0.radians) <= 15 * Double.pi / 180 })
    #expect(Augmentation().isIdentity)
    #expect(Augmentation().transform(image: 3, epoch: 1, seed: 7) == ImageTransform())
  }
}
