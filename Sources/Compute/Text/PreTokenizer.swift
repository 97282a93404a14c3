/// Cuts ordinary text in the pieces that are merged each by itself.
///
/// First every numeric character (Unicode N*) is a piece of its own. What stands between them is
/// cut, independently of its neighbours, by
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// over unicode scalars, never over graphemes. A scanner: the one look-ahead is that a run of
/// blanks leaves its last one to what follows.
struct PreTokenizer {
  private enum Kind {
    case letter, digit, blank, other
  }

  /// One scalar of the text.
  private struct Mark {
    let kind: Kind
    /// Index of its first byte.
    let start: Int
  }

  private let bytes: [UInt8]
  private var marks: [Mark] = []

  /// - Parameter bytes: UTF-8.
  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
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
  static func pieces(of bytes: [UInt8]) -> [Range<Int>] {
    let scanner = PreTokenizer(bytes)
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

  /// Where the piece that starts at `place` ends.
  private func end(from place: Int) -> Int {
    switch marks[place].kind {
    case .digit: return place + 1
    case .letter: return runEnd(.letter, from: place)
    case .other: return contraction(at: place) ?? runEnd(.other, from: place)
    case .blank: break
    }
    let run = runEnd(.blank, from: place)
    guard let next = kind(run), next != .digit else { return run }
    if run > place + 1 { return run - 1 }
    return bytes[marks[place].start] == 0x20 ? runEnd(next, from: run) : run
  }

  private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }

  private func contraction(at place: Int) -> Int? {
    let start = marks[place].start
    guard bytes[start] == UInt8(ascii: "'") else { return nil }
    let ending = Self.contractions.first { bytes[(start + 1)...].starts(with: $0) }
    return ending.map { place + 1 + $0.count }
  }
}
