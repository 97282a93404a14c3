import Foundation

/// Room on the file system below a path.
package struct DiskSpace: Sendable, Hashable {
  /// What this user may still write.
  package let freeBytes: Int
  package let totalBytes: Int

  /// `nil` when the path cannot be examined.
  package init?(_ path: String) {
    var info = statvfs()
    guard statvfs(path, &info) == 0 else { return nil }
    freeBytes = Int(clamping: UInt64(info.f_bavail) * UInt64(info.f_frsize))
    totalBytes = Int(clamping: UInt64(info.f_blocks) * UInt64(info.f_frsize))
  }
}
