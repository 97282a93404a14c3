/// Limits on a YAML file, checked before or while it is read; a specification of a hundred
/// experiments stays far below each.
enum YAMLLimits {
  static let byteCount = 16 << 20
  /// Levels of lists and maps, aliases expanded: keeps every recursive reader shallow.
  static let depth = 64
  /// Nodes that aliases may add.
  static let aliasNodes = 1_000_000
}

extension YAMLNode {
  /// The single document of a YAML text, null when it holds none; `nil` when it is too broken to
  /// go on.
  ///
  /// Every finding goes to `errors`: text that is not UTF-8 or not YAML, a limit, a duplicate key,
  /// an unknown anchor, a tag, a second document.
  init?(yaml bytes: [UInt8], file: String, errors: DiagnosticCollector) {
    // The mark that some editors put before UTF-8 is no text.
    let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard YAMLNode.isReadable(bytes, file: file, errors: errors) else { return nil }
    let none = YAMLNode(.scalar("", isPlain: true), at: SourceLocation(whole: file))
    // The library takes no null pointer, which an empty array may have.
    guard !bytes.isEmpty else {
      self = none
      return
    }
    var builder = YAMLTreeBuilder(file: file, errors: errors)
    do throws(YAMLSyntaxError) {
      try readYAMLEvents(bytes) { builder.accept($0) }
    } catch {
      let context =
        error.context.isEmpty ? "" : "\(error.context) that starts on line \(error.contextLine)"
      errors.error(
        at: SourceLocation(file: file, line: error.line, column: error.column),
        "not valid YAML: \(error.problem)", why: context,
        fix: "check brackets, quotes and indentation (spaces only) up to this place")
      return nil
    }
    guard !builder.hasFailed else { return nil }
    self = builder.root ?? none
  }

  /// Size, encoding and control characters, each with its place.
  private static func isReadable(
    _ bytes: [UInt8], file: String, errors: DiagnosticCollector
  ) -> Bool {
    if bytes.count > YAMLLimits.byteCount {
      errors.error(
        at: SourceLocation(whole: file),
        "the file is larger than \(YAMLLimits.byteCount >> 20) MiB",
        why: "a specification is written by hand; data belongs into data files",
        fix: "move generated parts out, or use axes instead of repeated stages")
      return false
    }
    if let offset = bytes.firstIndex(where: isControl) {
      errors.error(
        at: location(of: offset, in: bytes, file: file),
        "byte 0x\(String(bytes[offset], radix: 16)) is a control character",
        why: "YAML text holds none but tab and line breaks",
        fix: "remove it; in a quoted string write it as an escape (\"\\x07\")")
      return false
    }
    if let offset = firstInvalidUTF8(in: bytes) {
      errors.error(
        at: location(of: offset, in: bytes, file: file),
        "byte 0x\(String(bytes[offset], radix: 16)) is not UTF-8",
        why: "specifications are UTF-8 text", fix: "save the file in the encoding UTF-8")
      return false
    }
    return true
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    (byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D) || byte == 0x7F
  }

  private static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return min(offset, bytes.count - 1)
  }

  private static func location(of offset: Int, in bytes: [UInt8], file: String) -> SourceLocation {
    let before = bytes[..<offset]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return SourceLocation(
      file: file, line: before.count { $0 == 0x0A } + 1,
      column: String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1)
  }
}
