import Foundation

/// The few file operations of the store and of stored results, each with the error of the call that failed.
package enum Files {
  /// Creates a folder and its parents; one that exists is fine.
  static func createFolder(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    let parent = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    guard errno == ENOENT, !parent.isEmpty else { throw FileError("create", path) }
    try createFolder(parent)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError("create", path) }
  }

  /// Removes a file, or a folder with all that is in it, also in folders that are read-only.
  package static func removeTree(_ path: String) {
    if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
    var info = stat()
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { return }
    chmod(path, 0o700)
    let entries = FileManager.default.enumerator(atPath: path)
    while let name = entries?.nextObject() as? String {
      // Before the enumerator opens it.
      if entries?.fileAttributes?[.type] as? FileAttributeType == .typeDirectory {
        chmod(path + "/" + name, 0o700)
      }
    }
    try? FileManager.default.removeItem(atPath: path)
  }

  static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// The size of a regular file; `nil` when there is none.
  static func size(_ path: String) -> Int? {
    var info = stat()
    guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(info.st_size)
  }

  /// Whether a regular file is there, or a link to one.
  package static func isRegularFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }

  /// Bytes of all regular files below a folder; 0 when there is none.
  static func treeSize(_ folder: String) -> Int {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.reduce(0) { $0 + (size(folder + "/" + $1) ?? 0) }
  }

  /// Makes a file's or folder's content survive a power cut.
  static func synchronise(_ path: String) throws(FileError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("open", path) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw FileError("synchronise", path) }
  }

  static func read(_ path: String) throws(FileError) -> Data {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("open", path) }
    defer { close(file) }
    var data = Data()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(file, &block, block.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError("read", path) }
      if count == 0 { return data }
      data.append(contentsOf: block[..<count])
    }
  }

  /// Writes a new file; `replacing` puts it in place in one step, so readers see all or nothing.
  static func write(_ data: Data, to path: String, replacing: Bool = false) throws(FileError) {
    let target = replacing ? path + ".tmp" : path
    try write(pieces: CollectionOfOne(data), to: target)
    if replacing { try rename(target, to: path) }
  }

  /// Writes a new file; each piece is made when the one before it is written.
  static func write(
    pieces: any Sequence<Data>, to path: String, opened flags: Int32 = O_TRUNC
  ) throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
    guard file >= 0 else { throw FileError("create", path) }
    do throws(FileError) {
      for piece in pieces { try write(piece, to: file, path: path) }
    } catch {
      close(file)
      throw error
    }
    // Where a network file system or a quota may first say that there is no room.
    guard close(file) == 0 else { throw FileError("write", path) }
  }

  /// Writes a read-only file with its folders, complete and on the disk before it has its name.
  static func place(_ data: Data, at path: String) throws(FileError) {
    _ = try place(at: path) { scratch throws(FileError) in
      try write(pieces: CollectionOfOne(data), to: scratch, opened: O_EXCL)
      return true
    }
  }

  /// Copies a file in the same way, if the copy is what it should be.
  ///
  /// - Returns: whether it is; if not, nothing is changed at `path`.
  @discardableResult
  static func place(
    copyOf source: String, at path: String,
    onlyIf isGood: (_ copy: String) throws(FileError) -> Bool = { _ in true }
  ) throws(FileError) -> Bool {
    try place(at: path) { scratch throws(FileError) in
      let input = open(source, O_RDONLY | O_CLOEXEC)
      guard input >= 0 else { throw FileError("open", source) }
      defer { close(input) }
      let output = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard output >= 0 else { throw FileError("create", scratch) }
      defer { close(output) }
      while true {
        let count = sendfile(output, input, nil, 1 << 30)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError("write", scratch) }
        if count == 0 { break }
      }
      return try isGood(scratch)
    }
  }

  /// `write` says whether what it wrote shall have the name.
  private static func place(
    at path: String, write: (_ scratch: String) throws(FileError) -> Bool
  ) throws(FileError) -> Bool {
    let folder = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
    try createFolder(folder)
    // A name of its own for each: processes on two machines may have the same number.
    let scratch = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    do throws(FileError) {
      guard try write(scratch) else {
        unlink(scratch)
        return false
      }
      try synchronise(scratch)
      guard chmod(scratch, 0o444) == 0 else { throw FileError("protect", scratch) }
      try rename(scratch, to: path)
    } catch {
      unlink(scratch)
      throw error
    }
    try synchronise(folder)
    return true
  }

  private static func write(
    _ data: Data, to file: Int32, path: String
  ) throws(FileError) {
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Gives a file or folder another name in one step, replacing a file or link of that name.
  static func rename(_ path: String, to target: String) throws(FileError) {
    guard Foundation.rename(path, target) == 0 else { throw FileError("rename", path) }
  }

  /// Makes `link` point at `target` in one step: readers see the old target or the new one.
  static func replaceLink(_ link: String, scratch: String, target: String) throws(FileError) {
    unlink(scratch)
    guard symlink(target, scratch) == 0 else { throw FileError("create", scratch) }
    try rename(scratch, to: link)
  }
}
