import Foundation
import Pipeline
import Stages
import Testing

/// The gzip files are stored bytes made by hand: no compressor is needed to build them.
@Suite struct IDXReaderTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "idx-\(UUID().uuidString)")

  /// A gzip member with stored (uncompressed) blocks.
  static func gzip(_ bytes: [UInt8]) -> Data {
    var data = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
    var start = 0
    repeat {
      let end = min(bytes.count, start + 65_535)
      let (length, isLast) = (UInt16(end - start), end == bytes.count)
      data.append(isLast ? 1 : 0)
      for word in [length, ~length] {
        data.append(contentsOf: [UInt8(word & 255), UInt8(word >> 8)])
      }
      data.append(contentsOf: bytes[start..<end])
      start = end
    } while start < bytes.count
    for word in [crc32(bytes), UInt32(bytes.count)] {
      for shift: UInt32 in [0, 8, 16, 24] { data.append(UInt8((word >> shift) & 255)) }
    }
    return data
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
  }

  private static func header(_ magic: UInt8, _ sizes: [Int]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 8, magic]
    for size in sizes {
      for shift in [24, 16, 8, 0] { bytes.append(UInt8((size >> shift) & 255)) }
    }
    return bytes
  }

  private func write(_ name: String, _ data: Data) throws -> URL {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appending(path: name)
    try data.write(to: url)
    return url
  }

  private static let pixels = (0..<(2 * 784)).map { UInt8(truncatingIfNeeded: $0 + 1) }
  private static let images = header(3, [2, 28, 28]) + pixels
  private static let labels = header(1, [2]) + [7, 2]

  @Test func padsAndRepeatsGreyImages() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let records = try IDXReader.read(
      images: write("images", Self.gzip(Self.images)),
      labels: write("labels", Self.gzip(Self.labels)), limit: 2)
    #expect(records.labels == [7, 2])
    let values = records.images.values
    #expect(values[0] == 0 && values[2 * 32 + 2] == 1 && values[2 * 32 + 3] == 2)
    for channel in 0..<3 { #expect(values[3072 + channel * 1024 + 29 * 32 + 29] == 32) }
    let total = Self.pixels.map(Int.init).reduce(0, +)
    #expect(values.map(Int.init).reduce(0, +) == 3 * total)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let images: Data
    let labels: Data
    let file: String
    let what: String
    let why: String

    var testDescription: String { what }
  }

  static let damages = [
    Damage(
      images: gzip(header(9, [2, 28, 28]) + pixels), labels: gzip(labels), file: "images",
      what: "the IDX header starts with 809", why: "expected magic number 803 at byte 0"),
    Damage(
      images: gzip(images.dropLast()), labels: gzip(labels), file: "images",
      what: "the IDX header states 2 records but 1567 bytes follow",
      why: "a record of this file has 784 bytes"),
    Damage(
      images: gzip(images).dropLast(900), labels: gzip(labels), file: "images",
      what: "the gzip stream ends early", why: "the file is truncated"),
    Damage(
      images: Data("not a gzip file".utf8), labels: gzip(labels), file: "images",
      what: "the gzip stream is damaged near byte 2", why: "it cannot be decompressed"),
    Damage(
      images: gzip(images), labels: gzip(header(1, [3]) + [1, 2, 3]), file: "labels",
      what: "3 labels for 2 images", why: "the two files of a split describe the same records"),
    Damage(
      images: gzip(images), labels: gzip(header(1, [2]) + [1, 10]), file: "labels",
      what: "record 1 has label 10", why: "Fashion-MNIST has the classes 0...9"),
    Damage(
      images: gzip(images), labels: gzip([UInt8](repeating: 0, count: 60_009)), file: "labels",
      what: "more than 60008 bytes come out of the gzip stream",
      why: "a file of this data set holds at most 60000 records"),
  ]

  @Test(arguments: damages)
  func refusesDamagedFiles(damage: Damage) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let images = try write("images", damage.images)
    let labels = try write("labels", damage.labels)
    #expect(
      throws: StageFailure(
        at: folder.appending(path: damage.file).path, damage.what, why: damage.why,
        fix: "sudo apt-get install --reinstall dataset-fashion-mnist")
    ) { try IDXReader.read(images: images, labels: labels, limit: 1) }
  }

  @Test func inflatingStopsAtTheLimit() {
    #expect(throws: Gzip.Failure.tooLarge(limit: 1000)) {
      try Gzip.inflate(Self.gzip([UInt8](repeating: 0, count: 2000)), limit: 1000)
    }
  }
}
