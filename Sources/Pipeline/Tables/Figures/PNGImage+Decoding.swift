import CZlib
import Foundation

/// PNG bytes that cannot be read.
package struct PNGError: Error, Hashable, Sendable, CustomStringConvertible {
  package let what: String

  package var description: String {
    """
    PNG image: \(what)
      read are 8-bit grey, RGB and RGBA images that are not interlaced, up to 16384 x 16384
      fix: run the stage that wrote the image again, or convert the image
    """
  }
}

extension PNGImage {
  /// Reads an 8-bit grey, RGB or RGBA image that is not interlaced; RGBA is laid over white.
  ///
  /// Limits, checked before anything is allocated: 256 MiB of file, 16,384 pixels a side, 64 M
  /// pixels in all. Every checksum is verified.
  package init(pngData data: Data) throws(PNGError) {
    guard data.count <= 256 << 20 else { throw PNGError(what: "the file exceeds 256 MiB") }
    let bytes = [UInt8](data)
    guard bytes.starts(with: Self.signature) else {
      throw PNGError(what: "the file does not begin like a PNG file")
    }
    var header: Header?
    var compressed: [UInt8] = []
    var at = Self.signature.count
    var isEnded = false
    while !isEnded {
      let chunk = try Self.chunk(of: bytes, at: &at)
      switch chunk.type {
      case "IHDR" where header == nil: header = try Header(chunk.content)
      case "IDAT" where header != nil: compressed += chunk.content
      case "IEND": isEnded = true
      // An upper-case first letter marks a chunk that a reader must understand.
      case let type where type.first?.isUppercase != false:
        throw PNGError(what: "chunk '\(type)' is out of place or unknown")
      default: break
      }
    }
    guard let header else { throw PNGError(what: "the header is missing") }
    let rows = try Self.unfiltered(try Self.inflated(compressed, header), header)
    self.init(width: header.width, height: header.height, pixels: header.rgb(rows))
  }

  private struct Header {
    let width: Int
    let height: Int
    let channels: Int

    init(_ content: ArraySlice<UInt8>) throws(PNGError) {
      let fields = Array(content)
      guard fields.count == 13 else { throw PNGError(what: "the header is damaged") }
      width = PNGImage.number(fields[0..<4])
      height = PNGImage.number(fields[4..<8])
      guard (1...16384).contains(width), (1...16384).contains(height), width * height <= 64 << 20
      else { throw PNGError(what: "its size is \(width) x \(height)") }
      let channelCounts: [UInt8: Int] = [0: 1, 2: 3, 6: 4]
      guard fields[8] == 8, let channels = channelCounts[fields[9]], fields[10...] == [0, 0, 0]
      else {
        throw PNGError(
          what: "depth \(fields[8]), colour type \(fields[9]), interlace \(fields[12])")
      }
      self.channels = channels
    }

    func rgb(_ rows: [UInt8]) -> [UInt8] {
      var pixels: [UInt8] = []
      pixels.reserveCapacity(width * height * 3)
      for at in stride(from: 0, to: rows.count, by: channels) {
        switch channels {
        case 1: pixels += [rows[at], rows[at], rows[at]]
        case 3: pixels += rows[at..<at + 3]
        default:
          let alpha = Int(rows[at + 3])
          pixels += rows[at..<at + 3].map {
            UInt8((Int($0) * alpha + 255 * (255 - alpha) + 127) / 255)
          }
        }
      }
      return pixels
    }
  }

  private static func chunk(
    of bytes: [UInt8], at: inout Int
  ) throws(PNGError) -> (type: String, content: ArraySlice<UInt8>) {
    guard at + 12 <= bytes.count else { throw PNGError(what: "the file ends early") }
    let count = number(bytes[at..<at + 4])
    guard count <= bytes.count - at - 12 else { throw PNGError(what: "the file ends early") }
    let type = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self)
    let content = bytes[at + 8..<at + 8 + count]
    let stored = number(bytes[at + 8 + count..<at + 12 + count])
    guard Int(checksum(Array(bytes[at + 4..<at + 8 + count]))) == stored else {
      throw PNGError(what: "chunk '\(type)' fails its checksum")
    }
    at += 12 + count
    return (type, content)
  }

  private static func inflated(
    _ compressed: [UInt8], _ header: Header
  ) throws(PNGError) -> [UInt8] {
    let expected = (header.width * header.channels + 1) * header.height
    var out = [UInt8](repeating: 0, count: expected)
    var count = uLong(expected)
    let status = uncompress(&out, &count, compressed, uLong(compressed.count))
    guard status == Z_OK, Int(count) == expected else {
      throw PNGError(what: "the pixel data is damaged (zlib status \(status))")
    }
    return out
  }

  /// Undoes the row filters of PNG: 0 none, 1 sub, 2 up, 3 average, 4 Paeth.
  private static func unfiltered(
    _ filtered: [UInt8], _ header: Header
  ) throws(PNGError) -> [UInt8] {
    let step = header.channels
    let rowBytes = header.width * step
    var rows = [UInt8](repeating: 0, count: rowBytes * header.height)
    for y in 0..<header.height {
      let filter = filtered[y * (rowBytes + 1)]
      guard filter <= 4 else { throw PNGError(what: "row \(y) has the unknown filter \(filter)") }
      for x in 0..<rowBytes {
        let here = y * rowBytes + x
        let left = x >= step ? Int(rows[here - step]) : 0
        let up = y > 0 ? Int(rows[here - rowBytes]) : 0
        let corner = x >= step && y > 0 ? Int(rows[here - rowBytes - step]) : 0
        let predicted =
          switch filter {
          case 0: 0
          case 1: left
          case 2: up
          case 3: (left + up) / 2
          default: paeth(left, up, corner)
          }
        rows[here] = filtered[y * (rowBytes + 1) + 1 + x] &+ UInt8(predicted)
      }
    }
    return rows
  }

  private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> Int {
    let estimate = left + up - corner
    let distances = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    if distances.0 <= distances.1 && distances.0 <= distances.2 { return left }
    return distances.1 <= distances.2 ? up : corner
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}
