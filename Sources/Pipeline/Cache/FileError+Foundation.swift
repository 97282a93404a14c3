import Foundation

extension FileError {
  /// The refusal of the system behind an error of Foundation: no space, no permission, a broken
  /// disk. `nil` for everything else, a file that is not there included.
  ///
  /// Foundation wraps the system's number, sometimes more than once, and tells some refusals only
  /// by a code of its own.
  package init?(foundation error: any Error) {
    let refusals = [ENOSPC, EDQUOT, EACCES, EPERM, EROFS, EIO]
    var path: String?
    var code: Int32?
    var isRead = false
    var next: NSError? = error as NSError
    while let error = next {
      if path == nil { path = FileError.path(in: error) }
      switch error.domain {
      case NSPOSIXErrorDomain: code = Int32(exactly: error.code)
      case NSCocoaErrorDomain:
        let cocoa = CocoaError.Code(rawValue: error.code)
        isRead = isRead || cocoa == .fileReadNoPermission || cocoa == .fileReadUnknown
        code = code ?? FileError.systemCodes[cocoa]
      default: break
      }
      next = error.userInfo[NSUnderlyingErrorKey].flatMap { $0 as? any Error }.map { $0 as NSError }
    }
    guard let code, refusals.contains(code) else { return nil }
    self.init(isRead ? "read" : "write to", path ?? "a file of the stage", code: code)
  }

  private static let systemCodes: [CocoaError.Code: Int32] = [
    .fileWriteOutOfSpace: ENOSPC, .fileWriteVolumeReadOnly: EROFS,
    .fileWriteNoPermission: EACCES, .fileReadNoPermission: EACCES,
  ]

  private static func path(in error: NSError) -> String? {
    if let path = error.userInfo[NSFilePathErrorKey] as? String { return path }
    return (error.userInfo[NSURLErrorKey] as? URL)?.path
  }
}
