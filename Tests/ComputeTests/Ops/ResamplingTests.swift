import Compute
import Testing

struct ResamplingTests {
  /// Pillow works in fixed point: its pixels may lie one level beside ours.
  static let levels = 1

  private func image(_ name: String) throws -> ByteTensor {
    try CLIPFixture.file("image_ops").bytes(name)
  }

  private func expectLevels(
    _ found: ByteTensor, _ expected: ByteTensor, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
    let worst = zip(found.values, expected.values).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(worst <= Self.levels, sourceLocation: sourceLocation)
  }

  @Test func picturesAsPillow() throws {
    let source = try image("in_u8")
    expectLevels(
      Resampling.pictures.resized(source, rows: 32, columns: 43), try image("clip.resized_u8"))
    expectLevels(
      Resampling.pictures.resized(source, rows: 40, columns: 48), try image("keep.resized_u8"))
    expectLevels(
      Resampling.squashedPictures.resized(source, rows: 32, columns: 32),
      try image("squash.resized_u8"))
  }

  @Test(arguments: [("out_3x2", 3, 2), ("out_5x7", 5, 7)])
  func positionsAsPyTorch(name: String, rows: Int, columns: Int) throws {
    let file = try CLIPFixture.file("image_ops")
    let (source, expected) = (
      try file.floats("bicubic.in"), try file.floats("bicubic.\(name)")
    )
    for channel in 0..<2 {
      let found = Resampling.positions.resized(
        source.view(at: channel * 16, shape: [4, 4, 1]), rows: rows, columns: columns)
      let part = expected.view(at: channel * rows * columns, shape: [rows, columns, 1])
      expectClose(found, part, name, tolerance: 1e-5)
    }
  }

  @Test func mapsAsPyTorch() throws {
    let file = try CLIPFixture.file("image_ops")
    let found = Resampling.maps.resized(
      try file.floats("bilinear.in").reshaped([4, 4, 1]), rows: 32, columns: 32)
    expectClose(found, try file.floats("bilinear.out_32x32"), "maps", tolerance: 1e-5)
  }

  /// The cubic kernel of a = -1/2 reproduces a straight line where no edge is near.
  @Test func keepsALine() {
    let line = Tensor((0..<16).map(Float.init), shape: [1, 16, 1])
    let found = Resampling(.cubic(a: -0.5), antialiases: false).resized(line, rows: 1, columns: 32)
      .values
    for i in 6..<26 { #expect(abs(found[i] - (Float(i) / 2 - 0.25)) < 1e-5) }
  }
}
