import Foundation
import Pipeline
import Testing

/// How what an attempt throws is sorted into classes.
@Suite struct AttemptFailureTests {
  private static let fullDisk = AttemptFailure(
    .environment, "no space left for '/dev/full'",
    why: "nothing of the unfinished stage was stored; finished ones are safe",
    fix: "free some space and run again")

  /// `/dev/full` refuses every byte as a full disk does.
  @Test func aFullDiskMetByFoundationIsTheEnvironment() throws {
    let error = #expect(throws: (any Error).self) {
      try Data("text".utf8).write(to: URL(filePath: "/dev/full"))
    }
    #expect(AttemptFailure(try #require(error)) == Self.fullDisk)
  }

  @Test func aFullDiskMetByAFileHandleIsTheEnvironment() throws {
    let handle = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    defer { try? handle.close() }
    let error = #expect(throws: (any Error).self) {
      try handle.write(contentsOf: Data("text".utf8))
    }
    let failure = AttemptFailure(try #require(error))
    #expect(failure.failureClass == .environment)
    #expect(failure.what == "no space left for 'a file of the stage'")
  }

  private static func nested(_ cocoa: CocoaError.Code, _ posix: Int32) -> NSError {
    NSError(
      domain: NSCocoaErrorDomain, code: cocoa.rawValue,
      userInfo: [
        NSFilePathErrorKey: "/data/out",
        NSUnderlyingErrorKey: NSError(domain: NSPOSIXErrorDomain, code: Int(posix)),
      ])
  }

  @Test(
    arguments: [
      (nested(.fileWriteUnknown, ENOSPC), "no space left for '/data/out'"),
      (nested(.fileWriteUnknown, EDQUOT), "no space left for '/data/out'"),
      (nested(.fileWriteNoPermission, EACCES), "cannot write to '/data/out': Permission denied"),
      (
        nested(.fileWriteVolumeReadOnly, EROFS),
        "cannot write to '/data/out': Read-only file system"
      ),
      (
        NSError(
          domain: NSCocoaErrorDomain, code: CocoaError.Code.fileWriteVolumeReadOnly.rawValue,
          userInfo: [NSFilePathErrorKey: "/data/out"]),
        "cannot write to '/data/out': Read-only file system"
      ),
      (nested(.fileReadNoPermission, EACCES), "cannot read '/data/out': Permission denied"),
    ] as [(NSError, String)])
  func refusalsOfTheSystemAreTheEnvironment(error: NSError, what: String) {
    let failure = AttemptFailure(error)
    #expect(failure.failureClass == .environment)
    #expect(failure.what == what)
    #expect(!failure.fix.isEmpty)
  }

  @Test func aFileThatMayNotBeReadIsNotCalledUnwritable() {
    let failure = AttemptFailure(FileError("open", "/data/images", code: EACCES))
    #expect(
      failure
        == AttemptFailure(
          .environment, "cannot open '/data/images': Permission denied",
          why: "the run needs this file",
          fix: "check the disk and the file's permissions, and run again"))
  }

  @Test func aFileThatIsNotThereIsABugOfTheStage() {
    #expect(AttemptFailure(Self.nested(.fileNoSuchFile, ENOENT)).failureClass == .internal)
  }
}
