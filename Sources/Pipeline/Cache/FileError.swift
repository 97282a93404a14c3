import Foundation

/// A system call on a file that failed.
package struct FileError: Error, Hashable, Sendable {
  /// What was attempted ("open", "rename").
  package let operation: String
  package let path: String
  package let code: Int32

  /// `code` is by default that of the call that has just failed.
  package init(_ operation: String, _ path: String, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }
}

extension FileError: CustomStringConvertible {
  package var description: String { "cannot \(operation) '\(path)': \(reason)" }

  /// Whether the file was to be read or started, not made or changed.
  var isAboutReading: Bool { ["open", "examine", "read", "start"].contains(operation) }

  package var reason: String { String(cString: strerror(code)) }
}
