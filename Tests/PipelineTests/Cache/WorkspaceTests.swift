import Foundation
import Pipeline
import Testing

@Suite struct WorkspaceTests {
  private static let mounts = """
    27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
    40 27 0:40 / /home rw shared:2 - nfs4 server:/home rw
    41 40 8:1 / /home/me/fast\\040disk rw shared:3 - xfs /dev/sda1 rw
    42 27 0:41 / /mnt rw - fuse.sshfs host:/ rw
    43 27 0:42 / /win rw - fuseblk /dev/sdb1 rw
    44 27 0:43 / /c rw - 9p drive rw
    """

  @Test(
    arguments: [
      ("/tmp/x", nil), ("/home/you", "nfs4"), ("/home", "nfs4"), ("/homer", nil),
      ("/home/me/fast disk/project", nil), ("/mnt/a", "fuse.sshfs"), ("/win/a", nil),
      ("/c/a", "9p"),
    ] as [(String, String?)])
  func theLongestMountPointDecides(path: String, type: String?) {
    #expect(FileSystemType.unsuitableName(of: path, mounts: Self.mounts) == type)
  }

  @Test func aNetworkFileSystemIsRefusedWithAdvice() throws {
    let folder = try TemporaryFolder()
    let mounts = "40 27 0:40 / \(folder.url.path) rw shared:2 - nfs server:/home rw"
    let error = StoreError.networkFileSystem(path: folder.workspace.root.path, type: "nfs")
    #expect(throws: error) { try Store(folder.workspace, mounts: mounts) }
    #expect(error.exitStatus == .environment)
    #expect(error.diagnostic.fix == "put it on a local disk with --workspace DIR")
  }

  @Test func aPlaceThatCannotHoldAFolderIsNamed() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "file")
    try Data().write(to: file)
    let path = file.appending(path: "store").path
    #expect(throws: StoreError.file(FileError("create", path, code: ENOTDIR))) {
      try Store(Workspace(URL(filePath: path)))
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
  func aReadOnlyWorkspaceCanBeReadButNotRun() throws {
    let folder = try TemporaryFolder()
    do { _ = try Store(folder.workspace).compute("k", ["out": "x"]) }
    let root = folder.workspace.root.path
    let manager = FileManager.default
    try manager.setAttributes([.posixPermissions: 0o555], ofItemAtPath: root)
    defer { try? manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root) }
    #expect(throws: StoreError.notWritable(path: root, reason: "Permission denied")) {
      try Store(folder.workspace)
    }
    let reader = try Store(readOnly: folder.workspace)
    #expect(try reader.action("k") != nil)
  }

  @Test(.enabled(if: TemporaryMount.isPossible, "only root may mount"))
  func aReadOnlyMountCanBeReadButNotRun() throws {
    let mount = try TemporaryMount(options: "size=8m")
    let workspace = Workspace(mount.url.appending(path: "store"))
    do { _ = try Store(workspace).compute("k", ["out": "x"]) }
    try mount.remount("ro")
    #expect(
      throws: StoreError.notWritable(path: workspace.root.path, reason: "Read-only file system")
    ) { try Store(workspace) }
    let reader = try Store(readOnly: workspace)
    #expect(try reader.action("k") != nil)
    #expect(try reader.data(of: SHA256.hex(of: "x")) == Data("x".utf8))
  }

  /// A store on a read-only mount whose last results were still in the write-ahead log.
  @Test(.enabled(if: TemporaryMount.isPossible, "only root may mount"))
  func whatWaitsInTheLogOfAReadOnlyMountIsRead() throws {
    let folder = try TemporaryFolder()
    let mount = try TemporaryMount(options: "size=8m")
    let workspace = Workspace(mount.url)
    do {
      let store = try Store(folder.workspace)
      _ = try store.compute("k", ["out": "x"])
      for suffix in ["", "-wal", "-shm"] {
        try FileManager.default.copyItem(
          atPath: folder.workspace.database + suffix, toPath: workspace.database + suffix)
      }
    }
    try mount.remount("ro")
    let reader = try Store(readOnly: workspace)
    #expect(try reader.action("k") != nil)
  }

  @Test(.enabled(if: TemporaryMount.isPossible, "only root may mount"))
  func aFullDiskFailsTheStageAndKeepsTheRest() throws {
    let mount = try TemporaryMount(options: "size=2m")
    let store = try Store(Workspace(mount.url.appending(path: "store")))
    _ = try store.compute("k", ["out": "x"])
    let run = try store.beginRun(experiment: "e", file: "f", profile: "p")
    let attempt = Attempt(key: "big", run: run.id, instance: "big", number: 1)
    let error = #expect(throws: (any Error).self) {
      try store.compute(attempt, parts: KeyParts(stored: [])) { folder in
        // Fills the disk, as a stage's own output would.
        let path = folder + "/out"
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(file) }
        let block = [UInt8](repeating: 1, count: 1 << 16)
        while write(file, block, block.count) > 0 {}
        throw FileError("write", path)
      }
    }
    let failure = AttemptFailure(try #require(error))
    #expect(failure.failureClass == .environment)
    #expect(failure.fix == "free some space and run again")
    #expect(try store.action("big") == nil)
    #expect(try store.action("k") != nil)
    #expect(try store.compute("next", ["out": largeText]).computed != nil)
  }
}

/// A small file system in memory, for what only a mount can show.
final class TemporaryMount: Sendable {
  let url: URL
  private let folder: TemporaryFolder

  /// Whether this process may mount; found out by doing it.
  static let isPossible = geteuid() == 0 && (try? TemporaryMount(options: "size=1m")) != nil

  init(options: String) throws {
    folder = try TemporaryFolder()
    url = folder.url
    try TemporaryMount.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", url.path])
  }

  deinit { try? TemporaryMount.run(["umount", "-l", url.path]) }

  func remount(_ options: String) throws {
    try TemporaryMount.run(["mount", "-o", "remount," + options, url.path])
  }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw FileError("run", arguments[0], code: EPERM) }
  }
}
