import Foundation
import Pipeline

/// Turns what a program wrote for one output into the canonical form of its type.
struct OutputIntake {
  private let slot: OutputSlot
  private let written: URL
  private let secrets: Secrets

  init(_ slot: OutputSlot, written: URL, secrets: Secrets) {
    self.slot = slot
    self.written = written
    self.secrets = secrets
  }

  /// - Throws: ``StageFailure`` when it is missing, is not what it was declared as, or holds a
  ///   secret.
  func store(at target: URL) throws {
    try checkKind()
    if slot.type != .directory { try secrets.check(written, output: slot.name) }
    try take(to: target)
    // Where the bytes are not those that were written.
    if [.directory, .json, .table].contains(slot.type) {
      try secrets.check(target, output: slot.name)
    }
  }

  /// Nothing that a program leaves is opened before we know what it is: a pipe would never end, and
  /// a link could lead anywhere.
  private func checkKind() throws {
    var info = stat()
    guard lstat(written.path, &info) == 0 else {
      throw failure(
        "the program did not write it", why: "it is looked for at $OUT_\(slot.name)",
        fix: "write it there, or take it out of 'outputs'")
    }
    let isFolder = info.st_mode & S_IFMT == S_IFDIR
    guard isFolder || info.st_mode & S_IFMT == S_IFREG else {
      throw failure(
        "it is neither a file nor a folder", why: "what a link leads to may change",
        fix: "copy the content to $OUT_\(slot.name)")
    }
    guard isFolder == (slot.type == .directory) else {
      throw failure(
        isFolder ? "it is a folder" : "it is a file",
        why: "it was declared as \(slot.type.rawValue)",
        fix: isFolder ? "declare it as directory" : "declare it as file")
    }
  }

  private func take(to target: URL) throws {
    switch slot.type {
    case .directory:
      do { try DirectoryArchive.pack(written, into: target) } catch let error as ArchiveError {
        throw failure(
          "'\(error.path)' \(error.what)", why: "a directory holds files and folders",
          fix: error.fix)
      }
    case .file: try move(to: target)
    case .text:
      guard String(validating: try bytes(), as: UTF8.self) != nil else {
        throw failure("it is not valid UTF-8", why: "a text is", fix: "declare it as file")
      }
      try move(to: target)
    case .json: try Data(json().canonicalJSON.utf8).write(to: target)
    case .table:
      let data = try table().canonicalData
      guard data.count <= Table.byteLimit else {
        throw failure(
          "the table takes \(data.count) bytes", why: "at most \(Table.byteLimit) are read again",
          fix: "write fewer rows, or declare it as file")
      }
      try data.write(to: target)
    case .figure:
      guard Self.isPNG(written) || isSVG else {
        throw failure("it is neither PNG nor SVG", why: "a figure is", fix: "declare it as file")
      }
      try move(to: target)
    case .dataset, .tensors, .model:
      if let what = Self.safetensorsProblem(written) {
        throw failure(
          what, why: "a \(slot.type.rawValue) is a safetensors file", fix: "declare it as file")
      }
      try move(to: target)
    }
  }

  static func isPNG(_ file: URL) -> Bool {
    let head = try? FileHandle(forReadingFrom: file).read(upToCount: 8)
    return head == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  private var isSVG: Bool {
    guard let head = try? FileHandle(forReadingFrom: written).read(upToCount: 4096) else {
      return false
    }
    return String(decoding: head, as: UTF8.self).contains("<svg")
  }

  /// Enough to tell a safetensors file from another; whoever reads it checks the rest.
  private static func safetensorsProblem(_ file: URL) -> String? {
    guard let handle = try? FileHandle(forReadingFrom: file),
      let head = try? handle.read(upToCount: 8), head.count == 8
    else { return "it has fewer than 8 bytes" }
    let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100 << 20, let header = try? handle.read(upToCount: Int(length)),
      header.count == Int(length), case .map? = try? Value(json: header)
    else { return "it does not start with a safetensors header" }
    return nil
  }

  private func json() throws -> Value {
    let data = try Data(contentsOf: written, options: .mappedIfSafe)
    do {
      return try Value(json: data)
    } catch {
      let line = data.prefix(error.offset).count { $0 == UInt8(ascii: "\n") } + 1
      throw failure("line \(line): \(error.what)", why: "it was declared as json", fix: "")
    }
  }

  private func table() throws -> Table {
    let bytes = try bytes()
    do throws(WrittenRows.Problem) {
      return try WrittenRows(bytes).table(columns: slot.columns)
    } catch {
      throw failure(
        error.description, why: "a table is CSV with a header, or JSON rows", fix: error.fix)
    }
  }

  private func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: written)) }

  private func move(to target: URL) throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: written.path)
    chmod(written.path, 0o644)
    // A file that has another name elsewhere may change.
    let names = (attributes[.referenceCount] as? NSNumber)?.intValue ?? 1
    if names > 1 {
      try FileManager.default.copyItem(at: written, to: target)
    } else {
      try FileManager.default.moveItem(at: written, to: target)
    }
  }

  private func failure(_ what: String, why: String, fix: String) -> StageFailure {
    StageFailure(at: "output '\(slot.name)'", what, why: why, fix: fix)
  }
}
