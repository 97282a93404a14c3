/// A 64-bit check value over a row of the database, FNV-1a: it notices any change of one byte.
///
/// SQLite keeps no checksums of its own, so a flipped bit in a row would go unnoticed. It guards
/// against accidents, not against people.
struct Seal {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    // No text holds it: two texts never run together.
    add(0xff)
  }

  mutating func add(_ number: Int) {
    for shift in stride(from: 0, to: 64, by: 8) {
      add(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  mutating func add(_ number: Double) { add(Int(bitPattern: UInt(number.bitPattern))) }

  /// As SQLite stores it.
  var stored: Int64 { Int64(bitPattern: value) }
}

extension StoredAction {
  /// The check value of the action's row together with its outputs'.
  var seal: Int64 {
    var seal = Seal()
    seal.add(key)
    seal.add(cost.elapsedSeconds)
    seal.add(cost.cpuSeconds)
    seal.add(cost.peakMemoryBytes)
    for output in outputs {
      seal.add(output.slot)
      seal.add(output.hash)
      seal.add(output.byteCount)
      seal.add(output.type.rawValue)
    }
    return seal.stored
  }
}
