import CZlib
import Foundation

/// Reading of gzip files with a limit on what comes out.
package enum Gzip {
  /// Why a gzip file cannot be read.
  package enum Failure: Error, Hashable, Sendable {
    /// The bytes end before the stream does.
    case truncated
    /// The stream is damaged near this byte of the compressed data.
    case damaged(offset: Int)
    /// More than `limit` bytes would come out.
    case tooLarge(limit: Int)
  }

  /// What zlib takes as the size of the window, with the form of the stream in it.
  private static let gzipWindow: Int32 = 16 + MAX_WBITS
  /// The same for a stream without a header, as in a zip archive.
  static let rawWindow: Int32 = -MAX_WBITS

  /// Prepares a stream; `inflateEnd` gives its memory back.
  static func startInflating(_ stream: UnsafeMutablePointer<z_stream>, windowBits: Int32) {
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
      fatalError("zlib cannot start: out of memory or another major version")
    }
  }

  /// The decompressed bytes of one gzip member.
  ///
  /// Memory grows with what really comes out and never beyond `limit`, so a small file that
  /// claims to hold gigabytes costs nothing.
  ///
  /// - Parameters:
  ///   - data: a whole gzip file (RFC 1952); its checksum is verified.
  ///   - limit: the largest acceptable result in bytes.
  /// - Returns: what was compressed.
  /// - Throws: ``Failure``.
  package static func inflate(_ data: Data, limit: Int) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    startInflating(&stream, windowBits: gzipWindow)
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var status = Z_OK
    var input = [UInt8](data)
    let inputCount = input.count
    input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      while status == Z_OK && output.count <= limit {
        block.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        output.append(contentsOf: block.prefix(block.count - Int(stream.avail_out)))
      }
    }
    if output.count > limit { throw .tooLarge(limit: limit) }
    if status == Z_STREAM_END { return output }
    let consumed = inputCount - Int(stream.avail_in)
    throw status == Z_BUF_ERROR ? .truncated : .damaged(offset: consumed)
  }
}
