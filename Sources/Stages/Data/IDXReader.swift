import Compute
import Foundation
import Pipeline

/// The gzipped IDX layout of Fashion-MNIST: a big-endian header (magic, sizes), then bytes.
package enum IDXReader {
  package static let fashionClasses = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]

  private static let side = 28
  private static let maximumRecords = 60_000

  /// The first `limit` records, padded with black to 32x32 and repeated over three channels, so
  /// that the networks for colour images take them unchanged.
  ///
  /// - Throws: ``StageFailure`` for a damaged or oversized gzip stream, a wrong magic number or
  ///   size, a label above 9, or files of different lengths.
  package static func read(images: URL, labels: URL, limit: Int) throws -> LabelledImages {
    let pixels = try body(of: images, magic: 0x803, itemByteCount: side * side)
    let labelBytes = Array(try body(of: labels, magic: 0x801, itemByteCount: 1))
    guard pixels.count == labelBytes.count * side * side else {
      throw StageFailure(
        at: labels.path,
        "\(labelBytes.count) labels for \(pixels.count / (side * side)) images",
        why: "the two files of a split describe the same records", fix: reinstall)
    }
    if let record = labelBytes.firstIndex(where: { $0 > 9 }) {
      throw StageFailure(
        at: labels.path, "record \(record) has label \(labelBytes[record])",
        why: "Fashion-MNIST has the classes 0...9", fix: reinstall)
    }
    let count = min(limit, labelBytes.count)
    return LabelledImages(
      images: padded(pixels, count: count), labels: Array(labelBytes.prefix(count)))
  }

  private static let reinstall = "sudo apt-get install --reinstall dataset-fashion-mnist"

  private static func padded(_ pixels: ArraySlice<UInt8>, count: Int) -> ByteTensor {
    ByteTensor([count, 3, 32, 32]) { target in
      target.update(repeating: 0, count: count * 3 * 1024)
      var source = pixels.startIndex
      for image in 0..<count {
        for row in 0..<side {
          for column in 0..<side {
            let place = image * 3072 + (row + 2) * 32 + column + 2
            for channel in 0..<3 { target[place + channel * 1024] = pixels[source] }
            source += 1
          }
        }
      }
    }
  }

  /// The bytes after the header, whose number the header must state.
  private static func body(
    of url: URL, magic: Int, itemByteCount: Int
  ) throws -> ArraySlice<UInt8> {
    func refuse(_ what: String, _ why: String) -> StageFailure {
      StageFailure(at: url.path, what, why: why, fix: reinstall)
    }
    let headerByteCount = magic == 0x803 ? 16 : 8
    let limit = headerByteCount + maximumRecords * itemByteCount
    let bytes: [UInt8]
    do {
      bytes = try Gzip.inflate(Data(contentsOf: url), limit: limit)
    } catch let failure as Gzip.Failure {
      switch failure {
      case .truncated:
        throw refuse("the gzip stream ends early", "the file is truncated")
      case .damaged(let offset):
        throw refuse("the gzip stream is damaged near byte \(offset)", "it cannot be decompressed")
      case .tooLarge(let limit):
        throw refuse(
          "more than \(limit) bytes come out of the gzip stream",
          "a file of this data set holds at most \(maximumRecords) records")
      }
    }
    func word(_ index: Int) -> Int {
      bytes[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    guard bytes.count >= headerByteCount, word(0) == magic else {
      let found = bytes.count >= 4 ? String(word(0), radix: 16) : "\(bytes.count) bytes"
      throw refuse(
        "the IDX header starts with \(found)",
        "expected magic number \(String(magic, radix: 16)) at byte 0")
    }
    let sizesMatch = magic == 0x801 || (word(2) == side && word(3) == side)
    guard sizesMatch, bytes.count == headerByteCount + word(1) * itemByteCount else {
      throw refuse(
        "the IDX header states \(word(1)) records but \(bytes.count - headerByteCount) bytes follow",
        "a record of this file has \(itemByteCount) bytes")
    }
    return bytes[headerByteCount...]
  }
}
