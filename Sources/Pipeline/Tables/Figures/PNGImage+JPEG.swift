import CJPEG
import Foundation

/// JPEG bytes that cannot be read.
package struct JPEGError: Error, Hashable, Sendable, CustomStringConvertible {
  package let what: String

  package init(what: String) { self.what = what }

  package var description: String {
    """
    JPEG image: \(what)
      read are grey and colour images without damage, up to 16384 x 16384
      fix: get the image again, or convert it to PNG
    """
  }
}

extension PNGImage {
  /// Scans of a progressive image at most: each goes over all pixels.
  private static let scanLimit: Int64 = 200

  /// Reads a grey or colour JPEG image; its note about orientation is not followed.
  ///
  /// Limits, checked before anything is allocated for pixels: 256 MiB of file, 16,384 pixels a
  /// side, 64 M pixels in all, 200 scans, and at least one bit for each square of 64 pixels, which
  /// is the least that the format needs.
  package init(jpegData data: Data) throws(JPEGError) {
    guard data.count <= 256 << 20 else { throw JPEGError(what: "the file exceeds 256 MiB") }
    let bytes = [UInt8](data)
    var shape = cj_shape()
    try Self.reporting { cj_read_header(bytes, Int64(bytes.count), &shape, $0) }
    let (width, height) = (Int(shape.width), Int(shape.height))
    guard (1...16384).contains(width), (1...16384).contains(height), width * height <= 64 << 20,
      width * height / 512 <= bytes.count
    else {
      throw JPEGError(what: "its size is \(width) x \(height) in a file of \(bytes.count) bytes")
    }
    guard shape.channels == 1 || shape.channels == 3 else {
      throw JPEGError(what: "it has \(shape.channels) channels")
    }
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    try Self.reporting {
      cj_read_pixels(bytes, Int64(bytes.count), &shape, Self.scanLimit, &pixels, $0)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Reads a PNG or JPEG image, by what its bytes begin with.
  package init(imageData data: Data) throws {
    if data.starts(with: [0xFF, 0xD8]) {
      try self.init(jpegData: data)
    } else {
      try self.init(pngData: data)
    }
  }

  /// Turns the text that a call leaves into an error.
  private static func reporting(
    _ call: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws(JPEGError) {
    var text = [CChar](repeating: 0, count: Int(cj_text_size))
    guard call(&text) != 0 else { return }
    throw JPEGError(
      what: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}
