import Foundation

/// Something in a folder or an archive that a directory artifact cannot hold.
package struct ArchiveError: Error, Hashable {
  let path: String
  let what: String
  let fix: String

  package init(path: String, what: String, fix: String = "") {
    self.path = path
    self.what = what
    self.fix = fix
  }
}

/// A folder as one file: an uncompressed tar (POSIX ustar) in which only names, contents and the
/// right to execute count.
///
/// Entries come in order of their paths; owners, times and all other rights are zero. So equal
/// folders give equal bytes, and `tar -tf` lists what the store holds.
package enum DirectoryArchive {
  private static let blockSize = 512
  private static let copySize = 1 << 20

  // MARK: Packing

  /// - Throws: ``ArchiveError`` for links, devices and paths that ustar cannot hold.
  package static func pack(_ folder: URL, into file: URL) throws {
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file.path])
    }
    let output = try FileHandle(forWritingTo: file)
    defer { try? output.close() }
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      try add(path, of: folder, to: output)
    }
    try output.write(contentsOf: Data(count: 2 * blockSize))
  }

  private static func add(_ path: String, of folder: URL, to output: FileHandle) throws {
    let url = folder.appending(path: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
    switch attributes[.type] as? FileAttributeType {
    case .typeDirectory?:
      try output.write(contentsOf: header(path + "/", byteCount: 0, mode: 0o755, kind: "5"))
    case .typeRegular?:
      let byteCount = (attributes[.size] as? NSNumber)?.intValue ?? 0
      let rights = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
      let mode = rights & 0o100 != 0 ? 0o755 : 0o644
      try output.write(
        contentsOf: header(path, byteCount: byteCount, mode: mode, kind: "0"))
      let input = try FileHandle(forReadingFrom: url)
      defer { try? input.close() }
      var rest = byteCount
      while rest > 0, let block = try input.read(upToCount: min(rest, copySize)), !block.isEmpty {
        try output.write(contentsOf: block)
        rest -= block.count
      }
      guard rest == 0 else { throw ArchiveError(path: path, what: "shrinks while it is read") }
      try output.write(contentsOf: Data(count: padding(byteCount)))
    default:
      throw ArchiveError(
        path: path, what: "is neither a file nor a folder", fix: "copy what the link leads to")
    }
  }

  private static func padding(_ byteCount: Int) -> Int {
    (blockSize - byteCount % blockSize) % blockSize
  }

  private static func header(
    _ path: String, byteCount: Int, mode: Int, kind: Unicode.Scalar
  ) throws(ArchiveError) -> Data {
    guard byteCount < 1 << 33 else {
      throw ArchiveError(path: path, what: "is larger than 8 GiB", fix: "split it")
    }
    let (prefix, name) = try split(path)
    var block = [UInt8](repeating: 0, count: blockSize)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
    }
    func octal(_ number: Int, digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put(octal(mode, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(byteCount, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put("        ", at: 148)
    block[156] = UInt8(ascii: kind)
    put("ustar", at: 257)
    put("00", at: 263)
    put(prefix, at: 345)
    put(octal(block.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
    block[154] = 0
    return Data(block)
  }

  /// A path of up to 100 bytes, or one of up to 255 cut at a '/'.
  private static func split(_ path: String) throws(ArchiveError) -> (prefix: String, name: String) {
    if path.utf8.count <= 100 { return ("", path) }
    for cut in path.indices.reversed() where path[cut] == "/" {
      let (prefix, name) = (path[..<cut], path[path.index(after: cut)...])
      if prefix.utf8.count <= 155, !name.isEmpty, name.utf8.count <= 100 {
        return (String(prefix), String(name))
      }
    }
    throw ArchiveError(path: path, what: "has too long a path", fix: "use shorter names")
  }

  // MARK: Unpacking

  /// Writes the archive's files below a folder; they may be read only.
  ///
  /// - Throws: ``ArchiveError`` when it is none of ours.
  package static func unpack(_ file: URL, into folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let input = try FileHandle(forReadingFrom: file)
    defer { try? input.close() }
    while let block = try input.read(upToCount: blockSize), block.count == blockSize,
      block.contains(where: { $0 != 0 })
    {
      let header = [UInt8](block)
      let name = text(header[0..<100])
      let prefix = text(header[345..<500])
      let path = prefix.isEmpty ? name : prefix + "/" + name
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard text(header[257..<263]) == "ustar", !path.isEmpty, !path.hasPrefix("/"),
        !parts.contains(".."), let byteCount = Int(text(header[124..<136]), radix: 8),
        let mode = Int(text(header[100..<108]), radix: 8)
      else { throw ArchiveError(path: path, what: "does not belong into a directory") }
      let target = folder.appending(path: path)
      if header[156] == UInt8(ascii: "5") {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      } else {
        try copy(input, byteCount, path, to: target)
        chmod(target.path, mode & 0o100 != 0 ? 0o555 : 0o444)
      }
    }
  }

  private static func copy(
    _ input: FileHandle, _ byteCount: Int, _ path: String, to target: URL
  ) throws {
    guard FileManager.default.createFile(atPath: target.path, contents: nil) else {
      throw ArchiveError(path: path, what: "cannot be written")
    }
    let output = try FileHandle(forWritingTo: target)
    defer { try? output.close() }
    var rest = byteCount
    while rest > 0, let block = try input.read(upToCount: min(rest, copySize)), !block.isEmpty {
      try output.write(contentsOf: block)
      rest -= block.count
    }
    guard rest == 0 else { throw ArchiveError(path: path, what: "is cut short") }
    let gap = padding(byteCount)
    if gap > 0 { _ = try input.read(upToCount: gap) }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
