/// Damages bytes in the ways that find mistakes in readers.
struct Mutator {
  private var random: Generator
  private let pieces: [[UInt8]]

  /// - Parameters:
  ///   - pieces: what may be put anywhere.
  ///   - seed: the same one gives the same damage.
  init(pieces: [[UInt8]], seed: UInt64) {
    random = Generator(state: seed)
    self.pieces = pieces
  }

  /// What a format's reader gives a meaning to, and the words of sound samples.
  static func pieces(tokens: [String], samples: [[UInt8]]) -> [[UInt8]] {
    tokens.map { Array($0.utf8) }
      + samples.flatMap { sample in
        sample.prefix(20_000).split { $0 < 0x30 && $0 != UInt8(ascii: "$") }.prefix(400)
          .map { [UInt8]($0.prefix(40)) }
      }
  }

  /// One to eight changes.
  mutating func damage(_ sample: [UInt8]) -> [UInt8] {
    var bytes = sample
    for _ in 0...random.index(below: 8) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = random.index(below: bytes.count + 1)
    let span = place..<min(bytes.count, place + 1 + random.index(below: 24))
    switch random.index(below: 9) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.index(below: 8))
    case 1 where place < bytes.count: bytes[place] = UInt8(random.index(below: 256))
    case 2: bytes.removeSubrange(span)
    case 3: bytes.insert(contentsOf: bytes[span], at: place)
    case 4: bytes.removeLast(bytes.count - place)
    case 5: bytes.replaceSubrange(span, with: piece())
    case 6:
      // A number becomes an extreme one.
      if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
        let end = bytes[digit...].firstIndex { !(0x30...0x39).contains($0) } ?? bytes.count
        let extremes = ["0", "-1", "9223372036854775807", "-9223372036854775808", "1e308", "65536"]
        bytes.replaceSubrange(
          digit..<end, with: Array(extremes[random.index(below: extremes.count)].utf8))
      }
    case 7:
      let copies = 1 << random.index(below: 10)
      let piece = piece().prefix(8)
      bytes.insert(contentsOf: (0..<copies).flatMap { _ in piece }, at: place)
    default: bytes.insert(contentsOf: piece(), at: place)
    }
  }

  private mutating func piece() -> [UInt8] {
    pieces.isEmpty ? [0] : pieces[random.index(below: pieces.count)]
  }

  mutating func index(below count: Int) -> Int { random.index(below: count) }
}

/// SplitMix64: small, and the same on every machine.
private struct Generator {
  var state: UInt64

  mutating func index(below count: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(count))
  }
}
