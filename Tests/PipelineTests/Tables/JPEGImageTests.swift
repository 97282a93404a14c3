import Foundation
import Pipeline
import Testing

@Suite struct JPEGImageTests {
  /// What quality 92 with halved colour may do to a smooth picture, in levels.
  static let tolerance = 24

  static func data(_ name: String) throws -> Data {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/jpeg")
    return try Data(contentsOf: folder.appending(path: name + ".jpg"))
  }

  @Test(arguments: ["colour", "progressive"]) func readsColour(name: String) throws {
    let image = try PNGImage(imageData: Self.data(name))
    #expect(image.width == 21 && image.height == 13)
    for y in 0..<13 {
      for x in 0..<21 {
        let pixel = image[x, y]
        let expected = (12 * x, 19 * y, 255 - 6 * x)
        let error = max(
          abs(Int(pixel.red) - expected.0), abs(Int(pixel.green) - expected.1),
          abs(Int(pixel.blue) - expected.2))
        #expect(error <= Self.tolerance, "\(x), \(y): \(pixel)")
      }
    }
  }

  @Test func readsGrey() throws {
    let image = try PNGImage(jpegData: Self.data("grey"))
    #expect(image[3, 4].red == image[3, 4].green && image[3, 4].red == image[3, 4].blue)
    #expect(image[20, 12].red > image[0, 0].red)
  }

  @Test func refusesFourChannels() throws {
    #expect(throws: JPEGError(what: "it has 4 channels")) {
      try PNGImage(jpegData: Self.data("cmyk"))
    }
  }

  @Test func refusesWhatIsCutOff() throws {
    let data = try Self.data("colour")
    let error = JPEGError(what: "Premature end of JPEG file")
    #expect(throws: error) { try PNGImage(jpegData: data.prefix(data.count - 60)) }
    #expect(
      error.description == """
        JPEG image: Premature end of JPEG file
          read are grey and colour images without damage, up to 16384 x 16384
          fix: get the image again, or convert it to PNG
        """)
  }

  /// A header may claim any size; one that the bytes cannot fill costs no memory.
  @Test func refusesMoreThanTheBytesCanHold() throws {
    var data = try Self.data("grey")
    let frame = try #require(data.range(of: Data([0xFF, 0xC0])))
    data.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [16, 0, 63, 0])
    let count = data.count
    #expect(throws: JPEGError(what: "its size is 16128 x 4096 in a file of \(count) bytes")) {
      try PNGImage(jpegData: data)
    }
  }

  @Test func refusesOtherBytes() {
    #expect(throws: JPEGError.self) { try PNGImage(jpegData: Data([0xFF, 0xD8, 0xFF])) }
    #expect(throws: JPEGError.self) { try PNGImage(jpegData: Data()) }
    #expect(throws: PNGError.self) { try PNGImage(imageData: Data([1, 2, 3])) }
  }
}
