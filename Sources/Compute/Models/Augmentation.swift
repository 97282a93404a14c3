/// Random changes of training images, the same for the same (seed, epoch, image).
package struct Augmentation: Sendable, Equatable {
  /// Pixels of black border before a random crop to the original size; 0 for none.
  package var cropPadding: Int
  /// Whether half of the images are mirrored left to right.
  package var flips: Bool
  /// Turn by a uniform angle in +- this many degrees; 0 for none.
  package var rotationDegrees: Double

  /// An augmentation.
  ///
  /// - Precondition: padding and degrees at least 0.
  package init(cropPadding: Int = 0, flips: Bool = false, rotationDegrees: Double = 0) {
    precondition(
      cropPadding >= 0 && rotationDegrees >= 0,
      "augmentation: padding \(cropPadding), \(rotationDegrees) degrees")
    self.cropPadding = cropPadding
    self.flips = flips
    self.rotationDegrees = rotationDegrees
  }

  /// Whether images stay as they are.
  package var isIdentity: Bool { cropPadding == 0 && !flips && rotationDegrees == 0 }

  /// The transform of one image in one epoch.
  ///
  /// Draws in fixed order: row, column, mirror, angle, whether used or not.
  ///
  /// - Parameters:
  ///   - image: index in the training set.
  ///   - epoch: counted from 0.
  ///   - seed: the training's seed.
  /// - Returns: what to do with the image.
  package func transform(image: Int, epoch: Int, seed: UInt64) -> ImageTransform {
    var random = RandomStream.generator(seed: seed, purpose: "augmentation", epoch, image)
    let rowShift = random.index(below: 2 * cropPadding + 1) - cropPadding
    let columnShift = random.index(below: 2 * cropPadding + 1) - cropPadding
    let isMirrored = random.unit() < 0.5 && flips
    let degrees = (2 * random.unit() - 1) * rotationDegrees
    var transform = ImageTransform()
    transform.rowShift = rowShift
    transform.columnShift = columnShift
    transform.isMirrored = isMirrored
    transform.radians = degrees * Double.pi / 180
    return transform
  }
}
