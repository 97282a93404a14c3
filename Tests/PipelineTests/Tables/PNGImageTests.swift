import Foundation
import Pipeline
import Testing

@Suite struct PNGImageTests {
  private static func gradient(_ width: Int, _ height: Int) -> PNGImage {
    var image = PNGImage(width: width, height: height, fill: .white)
    for y in 0..<height {
      for x in 0..<width {
        image[x, y] = .init(
          UInt8(truncatingIfNeeded: x * 7), UInt8(truncatingIfNeeded: y * 13),
          UInt8(truncatingIfNeeded: x * y))
      }
    }
    return image
  }

  @Test(arguments: [(1, 1), (7, 5), (64, 33)])
  func whatIsWrittenReadsBack(_ width: Int, _ height: Int) throws {
    let image = Self.gradient(width, height)
    #expect(try PNGImage(pngData: image.pngData) == image)
    #expect(image.pngData == Self.gradient(width, height).pngData)
  }

  @Test func theFileIsAPNG() {
    let bytes = [UInt8](Self.gradient(3, 2).pngData)
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(
      bytes[8..<33].dropLast(4) == [
        0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0,
      ])
    let header = bytes[12..<29]
    #expect(bytes[29..<33].reduce(0) { $0 << 8 | UInt32($1) } == Self.bitwiseChecksum(header))
  }

  /// CRC-32 as the PNG specification defines it, one bit at a time.
  private static func bitwiseChecksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  /// A PNG file made by hand: deflate blocks are stored, so no compressor takes part.
  private static func handmade(
    width: UInt8, height: UInt8, colourType: UInt8, filteredRows: [UInt8]
  ) -> Data {
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    func bigEndian(_ number: UInt32) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
    func append(_ type: String, _ content: [UInt8]) {
      bytes += bigEndian(UInt32(content.count)) + type.utf8 + content
      bytes += bigEndian(bitwiseChecksum(Array(type.utf8) + content))
    }
    append("IHDR", [0, 0, 0, width, 0, 0, 0, height, 8, colourType, 0, 0, 0])
    let count = UInt8(filteredRows.count)
    var sums: (UInt32, UInt32) = (1, 0)
    for byte in filteredRows {
      sums.0 = (sums.0 + UInt32(byte)) % 65521
      sums.1 = (sums.1 + sums.0) % 65521
    }
    append("tEXt", Array("ignored".utf8))
    append(
      "IDAT",
      [0x78, 0x01, 1, count, 0, ~count, 0xFF] + filteredRows + bigEndian(sums.1 << 16 | sums.0))
    append("IEND", [])
    return Data(bytes)
  }

  @Test func everyFilterIsUndone() throws {
    // Two grey columns a row; each row says 10, 20 after its filter is undone.
    let rows: [UInt8] = [
      0, 10, 20, 1, 10, 10, 2, 0, 0, 3, 5, 5, 4, 0, 0,
    ]
    let image = try PNGImage(
      pngData: Self.handmade(width: 2, height: 5, colourType: 0, filteredRows: rows))
    for y in 0..<5 {
      #expect(image[0, y] == .init(10, 10, 10))
      #expect(image[1, y] == .init(20, 20, 20))
    }
  }

  @Test func transparencyLiesOverWhite() throws {
    let image = try PNGImage(
      pngData: Self.handmade(
        width: 2, height: 1, colourType: 6, filteredRows: [0, 0, 100, 200, 255, 0, 0, 0, 51]))
    #expect(image[0, 0] == .init(0, 100, 200))
    #expect(image[1, 0] == .init(204, 204, 204))
  }

  @Test func scalingRepeatsPixels() {
    let image = Self.gradient(2, 2).scaled(by: 3)
    #expect(image.width == 6 && image.height == 6)
    #expect(image[2, 2] == image[0, 0] && image[3, 2] == Self.gradient(2, 2)[1, 0])
  }

  @Test func drawingIsCutAtTheEdge() {
    var sheet = PNGImage(width: 4, height: 4, fill: .white)
    sheet.draw(PNGImage(width: 3, height: 3, fill: .black), x: 2, y: -1)
    #expect(sheet[2, 0] == .black && sheet[3, 1] == .black)
    #expect(sheet[1, 0] == .white && sheet[2, 2] == .white)
  }

  @Test(arguments: [
    ("short", "the file does not begin like a PNG file"),
    ("cut", "the file ends early"),
    ("flip", "chunk 'IDAT' fails its checksum"),
    ("size", "its size is 0 x 1"),
    ("colour", "depth 8, colour type 3, interlace 0"),
    ("rows", "the pixel data is damaged (zlib status -5)"),
    ("filter", "row 0 has the unknown filter 9"),
  ])
  func damageIsRefused(_ damage: String, _ what: String) {
    let sound = Self.gradient(4, 4).pngData
    let data: Data
    switch damage {
    case "short": data = Data([1, 2, 3])
    case "cut": data = sound.prefix(40)
    case "flip":
      var bytes = sound
      bytes[45] ^= 1
      data = bytes
    case "size":
      data = Self.handmade(width: 0, height: 1, colourType: 2, filteredRows: [0])
    case "colour":
      data = Self.handmade(width: 1, height: 1, colourType: 3, filteredRows: [0, 1])
    case "rows":
      data = Self.handmade(width: 1, height: 1, colourType: 0, filteredRows: [0, 1, 2])
    default:
      data = Self.handmade(width: 1, height: 1, colourType: 0, filteredRows: [9, 1])
    }
    let error = #expect(throws: PNGError.self) { try PNGImage(pngData: data) }
    #expect(
      error?.description == """
        PNG image: \(what)
          read are 8-bit grey, RGB and RGBA images that are not interlaced, up to 16384 x 16384
          fix: run the stage that wrote the image again, or convert the image
        """)
  }
}
