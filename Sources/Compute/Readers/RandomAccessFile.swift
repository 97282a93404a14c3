import Foundation

/// An open file, read at any place.
///
/// Not mapped: a mapped file that somebody shortens ends the process, here it is an error.
final class RandomAccessFile: Sendable {
  /// Size when it was opened.
  let byteCount: Int
  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Throws: the system's reason.
  init(path: String) throws(Refusal) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Refusal(errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let refusal = Refusal(errno)
      close(descriptor)
      throw refusal
    }
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Why the system did not open or read a file.
  struct Refusal: Error {
    let reason: String

    init(_ code: Int32) { reason = String(cString: strerror(code)) }
    init(reason: String) { self.reason = reason }
  }

  /// Fills a buffer with the bytes that start at `offset`.
  ///
  /// - Throws: the system's reason, or that the file ended.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Refusal) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, offset + done)
      if count < 0 {
        if errno == EINTR { continue }
        throw Refusal(errno)
      }
      guard count > 0 else {
        throw Refusal(reason: "it ends at byte \(offset + done), it had \(byteCount) when opened")
      }
      done += count
    }
  }
}
