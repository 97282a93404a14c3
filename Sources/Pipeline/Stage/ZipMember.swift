import CZlib
import Foundation

/// One file inside a zip archive, found by its name and unpacked piece by piece.
///
/// Only what Python wheels are made of: stored or deflated members, no encryption, sizes below
/// 4 GiB. Every place in the archive is checked against its size before it is read.
package struct ZipMember {
  /// Why an archive or its member was refused.
  package enum Failure: Error, Hashable, Sendable {
    case unreadable(reason: String)
    case notZip
    case missing
    /// The directory or the member leads outside the archive.
    case damaged
    case unsupported(String)
    /// What came out is not what the archive's directory says.
    case differs
  }

  package let byteCount: Int
  private let checksum: UInt32
  private let isDeflated: Bool
  private let data: Range<Int>
  private let archive: URL

  /// Finds a member in the archive's directory.
  ///
  /// - Throws: ``Failure``.
  package init(_ name: String, in archive: URL) throws(Failure) {
    let file = try Bytes(archive)
    let tail = try file.read(max(0, file.count - Self.tailLimit)..<file.count)
    guard let end = tail.lastOffset(of: Self.endMark), end + 22 <= tail.count else {
      throw .notZip
    }
    let count = Int(tail.little16(end + 10))
    let start = Int(tail.little32(end + 16))
    let directory = try file.read(start..<start + Int(tail.little32(end + 12)))
    let entry = try Self.entry(name, of: count, in: directory)
    guard directory.little16(entry + 8) & 1 == 0 else { throw .unsupported("encryption") }
    let method = directory.little16(entry + 10)
    guard method == 0 || method == 8 else { throw .unsupported("compression method \(method)") }
    let sizes = [directory.little32(entry + 20), directory.little32(entry + 24)]
    guard !sizes.contains(.max) else { throw .unsupported("sizes of 4 GiB and more") }
    let local = Int(directory.little32(entry + 42))
    let head = try file.read(local..<local + 30)
    let first = local + 30 + Int(head.little16(26)) + Int(head.little16(28))
    guard first + Int(sizes[0]) <= file.count else { throw .damaged }
    self.archive = archive
    byteCount = Int(sizes[1])
    checksum = directory.little32(entry + 16)
    isDeflated = method == 8
    data = first..<first + Int(sizes[0])
  }

  private static let tailLimit = 22 + 65_535
  private static let endMark: [UInt8] = [0x50, 0x4B, 5, 6]

  /// Where the directory's entry of a member starts.
  private static func entry(
    _ name: String, of count: Int, in directory: [UInt8]
  ) throws(Failure) -> Int {
    var place = 0
    for _ in 0..<count {
      guard place + 46 <= directory.count else { throw .damaged }
      let lengths = [28, 30, 32].map { Int(directory.little16(place + $0)) }
      let end = place + 46 + lengths[0]
      guard end + lengths[1] + lengths[2] <= directory.count else { throw .damaged }
      if directory[place + 46..<end].elementsEqual(name.utf8) { return place }
      place = end + lengths[1] + lengths[2]
    }
    throw .missing
  }

  private static let pieceByteCount = 1 << 20

  /// Unpacks the member.
  ///
  /// - Parameters:
  ///   - file: where to; what is there is replaced.
  ///   - progress: gets the share that is done.
  /// - Throws: ``Failure``, also when length or checksum are not those of the directory, or the
  ///   system's error when the place cannot be written.
  package func extract(to file: URL, progress: (Double) -> Void = { _ in }) throws {
    let source = try Bytes(archive)
    try Data().write(to: file)
    let target = try FileHandle(forWritingTo: file)
    defer { try? target.close() }
    let inflater = isDeflated ? Inflater() : nil
    defer { inflater?.end() }
    var sum = crc32(0, nil, 0)
    var written = 0
    for start in stride(from: data.lowerBound, to: data.upperBound, by: Self.pieceByteCount) {
      let piece = try source.read(start..<min(start + Self.pieceByteCount, data.upperBound))
      let parts = try inflater?.inflate(piece, limit: byteCount - written) ?? [piece]
      for part in parts {
        sum = crc32(sum, part, UInt32(part.count))
        written += part.count
        guard written <= byteCount else { throw Failure.differs }
        try target.write(contentsOf: part)
      }
      progress(Double(start - data.lowerBound) / Double(data.count))
    }
    guard written == byteCount, UInt32(truncatingIfNeeded: sum) == checksum else {
      throw Failure.differs
    }
  }
}

/// A raw deflate stream.
private struct Inflater {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init() {
    stream.initialize(to: z_stream())
    Gzip.startInflating(stream, windowBits: Gzip.rawWindow)
  }

  func end() {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// What a piece of the stream gives, a little more than `limit` bytes at most.
  func inflate(_ piece: [UInt8], limit: Int) throws(ZipMember.Failure) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var count = 0
    var status = Z_OK
    var piece = piece
    piece.withUnsafeMutableBufferPointer { source in
      stream.pointee.next_in = source.baseAddress
      stream.pointee.avail_in = UInt32(source.count)
      repeat {
        let part = [UInt8](unsafeUninitializedCapacity: 1 << 18) { target, written in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          status = CZlib.inflate(stream, Z_NO_FLUSH)
          written = target.count - Int(stream.pointee.avail_out)
        }
        count += part.count
        parts.append(part)
      } while status == Z_OK && stream.pointee.avail_out == 0 && count <= limit
    }
    // Z_BUF_ERROR says that the next piece is needed.
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw .differs
    }
    return parts
  }
}

/// A file, read at any place.
private struct Bytes {
  let count: Int
  private let handle: FileHandle

  init(_ file: URL) throws(ZipMember.Failure) {
    do {
      handle = try FileHandle(forReadingFrom: file)
      count = Int(try handle.seekToEnd())
    } catch {
      throw .unreadable(reason: "\(error.localizedDescription)")
    }
  }

  func read(_ range: Range<Int>) throws(ZipMember.Failure) -> [UInt8] {
    guard range.upperBound <= count else { throw .damaged }
    do {
      try handle.seek(toOffset: UInt64(range.lowerBound))
      let data = try handle.read(upToCount: range.count) ?? Data()
      guard data.count == range.count else { throw ZipMember.Failure.damaged }
      return [UInt8](data)
    } catch let failure as ZipMember.Failure {
      throw failure
    } catch {
      throw .unreadable(reason: "\(error.localizedDescription)")
    }
  }
}

extension [UInt8] {
  fileprivate func little16(_ place: Int) -> UInt16 {
    UInt16(self[place]) | UInt16(self[place + 1]) << 8
  }

  fileprivate func little32(_ place: Int) -> UInt32 {
    UInt32(little16(place)) | UInt32(little16(place + 2)) << 16
  }

  /// Where `mark` stands last.
  fileprivate func lastOffset(of mark: [UInt8]) -> Int? {
    guard count >= mark.count else { return nil }
    return (0...count - mark.count).reversed().first { self[$0...].starts(with: mark) }
  }
}
