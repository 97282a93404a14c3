import Compute
import Foundation
import Pipeline

/// The binary layout of CIFAR-10: records of a label byte and 3,072 pixel bytes (three planes of
/// 32x32, row by row).
package enum CIFARReader {
  package static let recordByteCount = 3073
  /// Every file of the set holds 10,000 records.
  package static let fileByteCount = 10_000 * recordByteCount
  package static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// The first `limit` records of the files, in file order.
  ///
  /// Every file that is opened is checked as a whole, also beyond the limit.
  ///
  /// - Throws: ``StageFailure`` for a file that is not of 30,730,000 bytes, also when it ends
  ///   between two records, or for a label above 9, with the file and the record.
  package static func read(_ urls: [URL], limit: Int) throws -> LabelledImages {
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for url in urls where labels.count < limit {
      try checkSize(of: url)
      let bytes = try Data(contentsOf: url)
      let fileLabels = try checkedLabels(of: bytes, in: url)
      let wanted = min(limit - labels.count, fileLabels.count)
      labels.append(contentsOf: fileLabels.prefix(wanted))
      pixels.reserveCapacity(pixels.count + wanted * (recordByteCount - 1))
      bytes.withUnsafeBytes { raw in
        for record in 0..<wanted {
          let start = record * recordByteCount
          pixels.append(contentsOf: raw[(start + 1)..<(start + recordByteCount)])
        }
      }
    }
    return LabelledImages(
      images: ByteTensor(pixels, shape: [labels.count, 3, 32, 32]), labels: labels)
  }

  private static func checkSize(of url: URL) throws {
    let file = url.resolvingSymlinksInPath()
    let count = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard count == fileByteCount else {
      throw StageFailure(
        at: url.path, "\(count) bytes; a file of CIFAR-10 has 30,730,000",
        why: "it holds 10,000 records of 3,073 bytes; this one is truncated or of another format",
        fix: "copy the file again from cifar-10-binary.tar.gz")
    }
  }

  private static func checkedLabels(of bytes: Data, in url: URL) throws -> [UInt8] {
    var labels: [UInt8] = []
    for offset in stride(from: bytes.startIndex, to: bytes.endIndex, by: recordByteCount) {
      guard bytes[offset] < 10 else {
        throw StageFailure(
          at: url.path, "record \(labels.count) (byte \(offset)) has label \(bytes[offset])",
          why: "CIFAR-10 has the classes 0...9; the file is damaged or has other records",
          fix: "copy the file again from cifar-10-binary.tar.gz")
      }
      labels.append(bytes[offset])
    }
    return labels
  }
}
