/// Cuts ordinary text in the pieces that are merged each by itself, by the pattern that the
/// vocabulary was made with.
///
/// A scanner over unicode scalars, never over graphemes: the one look-ahead of the patterns is that
/// a run of blanks leaves its last one to what follows.
struct PreTokenizer {
  /// Patterns by the name that GGUF files give them (`tokenizer.ggml.pre`).
  enum Pattern: String, CaseIterable, Sendable {
    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    case gpt2 = "gpt-2"
    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    case qwen2
    /// First every numeric character (Unicode N*) is a piece of its own; what stands between them
    /// is cut, independently of its neighbours, as by `gpt-2`.
    case smollm
  }

  private enum Kind {
    case letter, digit, blank, other
  }

  /// One scalar of the text.
  private struct Mark {
    let kind: Kind
    /// Index of its first byte.
    let start: Int
  }

  private let pattern: Pattern
  private let bytes: [UInt8]
  private var marks: [Mark] = []

  /// - Parameters:
  ///   - bytes: UTF-8.
  ///   - pattern: how they are cut.
  private init(_ bytes: [UInt8], _ pattern: Pattern) {
    (self.bytes, self.pattern) = (bytes, pattern)
    marks.reserveCapacity(bytes.count)
    var start = 0
    var scalars = UTF8()
    var rest = bytes.makeIterator()
    while case .scalarValue(let scalar) = scalars.decode(&rest) {
      marks.append(Mark(kind: Self.kind(of: scalar), start: start))
      start += UTF8.width(scalar)
    }
  }

  /// The pieces as ranges of the bytes; together they cover all.
  static func pieces(of bytes: [UInt8], by pattern: Pattern) -> [Range<Int>] {
    let scanner = PreTokenizer(bytes, pattern)
    var pieces: [Range<Int>] = []
    var place = 0
    while place < scanner.marks.count {
      let end = scanner.end(from: place)
      pieces.append(scanner.byte(place)..<scanner.byte(end))
      place = end
    }
    return pieces
  }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    switch scalar.value {
    case 0x30...0x39: return .digit
    case 0x41...0x5A, 0x61...0x7A: return .letter
    case 0x09...0x0D, 0x20: return .blank
    case 0..<0x80: return .other
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .digit
    default: return scalar.properties.isWhitespace ? .blank : .other
    }
  }

  private func byte(_ place: Int) -> Int { place < marks.count ? marks[place].start : bytes.count }

  private func kind(_ place: Int) -> Kind? { place < marks.count ? marks[place].kind : nil }

  /// Where the run of one kind that starts at `place` ends.
  private func runEnd(_ kind: Kind, from place: Int) -> Int {
    var end = place
    while self.kind(end) == kind { end += 1 }
    return end
  }

  private func first(_ place: Int) -> UInt8? {
    place < marks.count ? bytes[marks[place].start] : nil
  }

  private func isLineEnd(_ place: Int) -> Bool { first(place) == 0x0A || first(place) == 0x0D }

  /// Where the piece that starts at `place` ends.
  private func end(from place: Int) -> Int {
    switch marks[place].kind {
    case .letter: return runEnd(.letter, from: place)
    case .digit: return pattern == .gpt2 ? runEnd(.digit, from: place) : place + 1
    case .other: return contraction(at: place) ?? otherEnd(from: place)
    case .blank: return pattern == .qwen2 ? looseBlankEnd(from: place) : blankEnd(from: place)
    }
  }

  /// Neither letters, digits nor blanks.
  private func otherEnd(from place: Int) -> Int {
    guard pattern == .qwen2 else { return runEnd(.other, from: place) }
    if kind(place + 1) == .letter { return runEnd(.letter, from: place + 1) }
    return lineEnds(behind: runEnd(.other, from: place))
  }

  private func lineEnds(behind place: Int) -> Int {
    var end = place
    while isLineEnd(end) { end += 1 }
    return end
  }

  private func blankEnd(from place: Int) -> Int {
    let run = runEnd(.blank, from: place)
    guard let next = kind(run), pattern == .gpt2 || next != .digit else { return run }
    if run > place + 1 { return run - 1 }
    return first(place) == 0x20 ? runEnd(next, from: run) : run
  }

  /// Of `qwen2`: any blank but a line end joins letters, a space what is neither letters nor
  /// digits, and a run ends with its last line end.
  private func looseBlankEnd(from place: Int) -> Int {
    let run = runEnd(.blank, from: place)
    if let last = (place..<run).last(where: isLineEnd) { return last + 1 }
    guard let next = kind(run) else { return run }
    if run > place + 1 { return run - 1 }
    switch next {
    case .letter: return runEnd(.letter, from: run)
    case .other where first(place) == 0x20: return lineEnds(behind: runEnd(.other, from: run))
    default: return run
    }
  }

  private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }

  private func contraction(at place: Int) -> Int? {
    guard first(place) == UInt8(ascii: "'") else { return nil }
    let rest = bytes[(marks[place].start + 1)...].prefix(2).map { byte in
      pattern == .qwen2 && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
    let ending = Self.contractions.first { rest.starts(with: $0) }
    return ending.map { place + 1 + $0.count }
  }
}
