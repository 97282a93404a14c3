import Foundation
import Pipeline
import Stages
import Testing

@Suite struct CIFARReaderTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "cifar-\(UUID().uuidString)")

  /// Writes a file whose first records are given, the others zero; pixel p of record r is r + p
  /// modulo 256.
  private func write(_ labels: [UInt8], byteCount: Int = CIFARReader.fileByteCount) throws -> URL {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var bytes: [UInt8] = []
    for (record, label) in labels.enumerated() {
      bytes.append(label)
      bytes += (0..<3072).map { UInt8(truncatingIfNeeded: record + $0) }
    }
    let url = folder.appending(path: "batch.bin")
    try Data(bytes).write(to: url)
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: UInt64(byteCount))
    try file.close()
    return url
  }

  @Test func readsTheFirstRecords() throws {
    let url = try write([3, 9, 0])
    defer { try? FileManager.default.removeItem(at: folder) }
    let records = try CIFARReader.read([url, url], limit: 10_002)
    #expect(records.labels.prefix(4) == [3, 9, 0, 0])
    #expect(records.labels.suffix(3) == [0, 3, 9])
    #expect(records.images.shape == [10_002, 3, 32, 32])
    #expect(records.images.values[3072] == 1)
    #expect(records.images.values[3072 + 1024] == UInt8(truncatingIfNeeded: 1 + 1024))
  }

  /// Also a file that ends between two records.
  @Test(arguments: [CIFARReader.fileByteCount - 1, CIFARReader.fileByteCount - 3073, 0])
  func refusesATruncatedFile(byteCount: Int) throws {
    let url = try write([1, 2], byteCount: byteCount)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(
      throws: StageFailure(
        at: url.path, "\(byteCount) bytes; a file of CIFAR-10 has 30,730,000",
        why: "it holds 10,000 records of 3,073 bytes; this one is truncated or of another format",
        fix: "copy the file again from cifar-10-binary.tar.gz")
    ) { try CIFARReader.read([url], limit: 1) }
  }

  @Test func refusesALabelOfTen() throws {
    let url = try write([1, 2, 10])
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(
      throws: StageFailure(
        at: url.path, "record 2 (byte 6146) has label 10",
        why: "CIFAR-10 has the classes 0...9; the file is damaged or has other records",
        fix: "copy the file again from cifar-10-binary.tar.gz")
    ) { try CIFARReader.read([url], limit: 1) }
  }
}
