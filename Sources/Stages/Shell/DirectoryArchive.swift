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
/// folders give equal bytes, and `tar -tf` lists what the store holds. A path that ustar cannot hold
/// stands in a record before its entry, as POSIX.1-2001 (pax) has it.
package enum DirectoryArchive {
  private static let blockSize = 512
  private static let copySize = 1 << 20

  // MARK: Packing

  /// - Throws: ``ArchiveError`` for links, devices and files above 8 GiB.
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
    guard let (prefix, name) = split(path) else {
      let record = pathRecord(path)
      return try header(longName, byteCount: record.count, mode: 0o644, kind: pathKind) + record
        + Data(count: padding(record.count))
        + header(longName, byteCount: byteCount, mode: mode, kind: kind)
    }
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

  /// The kind of an entry that holds the path of the next one.
  private static let pathKind: Unicode.Scalar = "x"
  /// What stands in place of such a path, for readers who do not know the record.
  private static let longName = "long-name"
  /// The system's own limit of a path is 4096 bytes.
  private static let longestRecord = 8192

  /// "28 path=a/b\n", where 28 would be the bytes of all that.
  private static func pathRecord(_ path: String) -> Data {
    let text = " path=\(path)\n"
    var count = text.utf8.count
    while String(count).utf8.count + text.utf8.count != count {
      count = String(count).utf8.count + text.utf8.count
    }
    return Data((String(count) + text).utf8)
  }

  /// A path of up to 100 bytes, or one of up to 255 cut at a '/'; `nil` for others.
  private static func split(_ path: String) -> (prefix: String, name: String)? {
    if path.utf8.count <= 100 { return ("", path) }
    for cut in path.indices.reversed() where path[cut] == "/" {
      let (prefix, name) = (path[..<cut], path[path.index(after: cut)...])
      if prefix.utf8.count <= 155, !name.isEmpty, name.utf8.count <= 100 {
        return (String(prefix), String(name))
      }
    }
    return nil
  }

  // MARK: Unpacking

  /// Writes the archive's files below a folder; they may be read only.
  ///
  /// - Throws: ``ArchiveError`` when it is none of ours.
  package static func unpack(_ file: URL, into folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let input = try FileHandle(forReadingFrom: file)
    defer { try? input.close() }
    var recorded: String?
    while let block = try input.read(upToCount: blockSize), block.count == blockSize,
      block.contains(where: { $0 != 0 })
    {
      let header = [UInt8](block)
      let name = text(header[0..<100])
      let prefix = text(header[345..<500])
      let path = recorded ?? (prefix.isEmpty ? name : prefix + "/" + name)
      recorded = nil
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard text(header[257..<263]) == "ustar", !path.isEmpty, !path.hasPrefix("/"),
        !parts.contains(".."), let byteCount = Int(text(header[124..<136]), radix: 8),
        let mode = Int(text(header[100..<108]), radix: 8)
      else { throw ArchiveError(path: path, what: "does not belong into a directory") }
      if header[156] == UInt8(ascii: pathKind) {
        recorded = try readPath(from: input, byteCount)
        continue
      }
      let target = folder.appending(path: path)
      if header[156] == UInt8(ascii: "5") {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      } else {
        try copy(input, byteCount, path, to: target)
        chmod(target.path, mode & 0o100 != 0 ? 0o555 : 0o444)
      }
    }
  }

  /// The path in the record of `byteCount` bytes that comes next.
  private static func readPath(from input: FileHandle, _ byteCount: Int) throws -> String {
    guard (1...longestRecord).contains(byteCount),
      let block = try input.read(upToCount: byteCount + padding(byteCount)),
      case let text = String(decoding: block.prefix(byteCount), as: UTF8.self),
      let start = text.range(of: " path="), text.hasSuffix("\n")
    else { throw ArchiveError(path: longName, what: "does not belong into a directory") }
    return String(text[start.upperBound...].dropLast())
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
