internal import CCrypto
import Foundation

/// An incremental SHA-256 over the system's libcrypto, which uses the CPU's SHA instructions.
///
///     var hash = SHA256()
///     hash.update(bytes)
///     let text = hash.finish()   // 64 lower-case hexadecimal digits
package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else { fatalError("libcrypto cannot start a SHA-256: out of memory or a crippled build") }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of everything fed so far, as lower-case hexadecimal.
  package consuming func finish() -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { digest in
      EVP_DigestFinal_ex(context, digest.baseAddress, nil)
      return SHA256.hexadecimal(UnsafeRawBufferPointer(digest))
    }
  }

  /// The digest of a text's UTF-8 bytes.
  package static func hex(of text: String) -> String {
    var hash = SHA256()
    hash.update(text)
    return hash.finish()
  }

  package static func hex(of data: Data) -> String {
    var hash = SHA256()
    data.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  /// The digest and length of a file's content, read in blocks of 1 MiB.
  ///
  /// Read and not mapped: a file that is truncated meanwhile gives an error here, not a signal.
  ///
  /// - Throws: ``FileError`` when the file cannot be opened or read.
  package static func hex(ofFile path: String) throws(FileError) -> (hash: String, byteCount: Int) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("open", path) }
    defer { close(file) }
    let blockSize = 1 << 20
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    defer { block.deallocate() }
    var hash = SHA256()
    var byteCount = 0
    while true {
      let count = read(file, block.baseAddress, blockSize)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError("read", path) }
      if count == 0 { return (hash.finish(), byteCount) }
      hash.update(UnsafeRawBufferPointer(rebasing: block[..<count]))
      byteCount += count
    }
  }

  private static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      for (index, byte) in bytes.enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 15)]
      }
      return bytes.count * 2
    }
  }
}
