import CKernels
import Testing

/// The image kernels against hand-worked pictures and loops.
struct ImageKernelTests {
  @Test(arguments: KernelVariant.allCases)
  func normaliseShiftsMirrorsAndScales(variant: KernelVariant) {
    // Two channels of a 2x3 image: 1...6 and 11...16.
    let x: [UInt8] = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
    let kernel = variant.pick(ck_normalise_images, ck_normalise_images_baseline)
    var y = [Float](repeating: .nan, count: 12)
    kernel(&y, x, [1, 10], [0, 0.5], nil, 1, 2, 2, 3)
    #expect(y == [1, 110.5, 2, 120.5, 3, 130.5, 4, 140.5, 5, 150.5, 6, 160.5])
    // One row up and one column to the right, then mirrored: 0 6 5 / black.
    let placement = [ck_placement(rows: 1, columns: 1, mirrored: 1)]
    kernel(&y, x, [1, 10], [0, 0.5], placement, 1, 2, 2, 3)
    #expect(y == [0, 0.5, 6, 160.5, 5, 150.5, 0, 0.5, 0, 0.5, 0, 0.5])
  }

  @Test(arguments: KernelVariant.allCases)
  func rotationTurnsCounterClockwise(variant: KernelVariant) {
    let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    let kernel = variant.pick(ck_rotate_images, ck_rotate_images_baseline)
    var y = [Float](repeating: .nan, count: 9)
    kernel(&y, x, [0], [0], 1, 3, 3, 1)
    #expect(y == x)
    kernel(&y, x, [.pi / 2], [0], 1, 3, 3, 1)
    let turned: [Float] = [3, 6, 9, 2, 5, 8, 1, 4, 7]
    // Sine and cosine of a quarter turn are off by 1e-7, which moves a pixel by that much.
    #expect(zip(y, turned).allSatisfy { abs($0 - $1) < 1e-5 })
    // An eighth of a turn: the centre stays; the corner comes from row 1 - sqrt 2 of the middle
    // column, between the fill (share sqrt 2 - 1) and the 2.
    kernel(&y, x, [.pi / 4], [-1], 1, 3, 3, 1)
    #expect(y[4] == 5)
    #expect(abs(y[0] - (2 * (2 - Float(2).squareRoot()) - (Float(2).squareRoot() - 1))) < 1e-5)
  }
}
