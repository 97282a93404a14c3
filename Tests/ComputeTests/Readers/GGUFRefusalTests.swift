import Compute
import Foundation
import Testing

@Suite struct GGUFRefusalTests {
  /// A file by hand: pairs and directory entries as bytes.
  static func file(
    magic: String = "GGUF", version: UInt32 = 3, pairs: [[UInt8]] = [], tensors: [[UInt8]] = [],
    dataByteCount: Int = 0
  ) -> Data {
    var bytes = Array(magic.utf8) + little(version)
    bytes += little(UInt64(tensors.count)) + little(UInt64(pairs.count))
    for part in pairs + tensors { bytes += part }
    bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + dataByteCount)
    return Data(bytes)
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

  static func pair(_ key: String, _ type: UInt32, _ value: [UInt8]) -> [UInt8] {
    text(key) + little(type) + value
  }

  static func tensor(
    _ name: String, _ sizes: [UInt64], type: UInt32 = 0, at offset: UInt64 = 0
  ) -> [UInt8] {
    text(name) + little(UInt32(sizes.count)) + sizes.flatMap { little($0) } + little(type)
      + little(offset)
  }

  /// A file and what is said of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let data: Data
    let message: String
    var testDescription: String { message }

    init(
      _ data: Data, _ what: String, _ why: String,
      fix: String = "fetch the file again, or make it again"
    ) {
      self.data = data
      message = "m: \(what)\n\(why)\nfix: \(fix)"
    }
  }

  static let truncated = "the file is cut short, or a length in it is damaged"
  static let tooLarge = "is accepted: no model needs more"
  static let readable = "F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q6_K, BF16 can be read"
  static let types = "use a file with other types, such as Q4_1, Q8_0 or F32"

  static let heads: [Case] = [
    Case(
      file(magic: "GGML"), "it starts with the bytes 47 47 4d 4c",
      "a GGUF file starts with GGUF: 47 47 55 46"),
    Case(
      Data([71]), "it starts with the bytes 47", "a GGUF file starts with GGUF: 47 47 55 46"),
    Case(
      file(version: 1), "it is of GGUF version 1", "versions 2 and 3 can be read", fix: types),
    Case(
      file().prefix(10), "the number of tensors at byte 8 needs 8 bytes, 2 are left", truncated),
  ]

  static let manyLists: [UInt8] =
    (0..<3).flatMap { _ in little(UInt32(9)) + little(UInt64(1)) }
    + [UInt8](repeating: 0, count: 12)

  static let pairs: [Case] = [
    Case(
      file(pairs: [little(UInt64(1 << 40))]), "the length of key 0 is 1099511627776",
      "at most 65535 \(tooLarge)"),
    Case(
      file(pairs: [pair("k", 8, little(UInt64(4000)))]),
      "key \"k\" at byte 45 needs 4000 bytes, 19 are left", truncated),
    Case(
      file(pairs: [pair("k", 8, little(UInt64(2)) + [0xC0, 0xC1])]), "key \"k\" is not UTF-8",
      "texts of a GGUF file are UTF-8"),
    Case(
      file(pairs: [pair("k", 7, [2])]), "key \"k\" holds the byte 2", "a truth value is 0 or 1"),
    Case(
      file(pairs: [pair("k", 13, [])]), "key \"k\" has a value of type 13", "types are 0 to 12"),
    Case(
      file(pairs: [pair("k", 9, little(UInt32(0)) + little(UInt64(5_000_000)))]),
      "the number of elements of key \"k\" is 5000000", "at most 4194304 \(tooLarge)"),
    Case(
      file(pairs: [pair("k", 9, little(UInt32(12)) + little(UInt64(100_000)))]),
      "key \"k\" at byte 49 needs 800000 bytes, 15 are left", truncated),
    Case(
      file(pairs: [pair("k", 9, manyLists)]), "key \"k\" nests arrays more than 3 deep",
      "no model needs that"),
    Case(
      file(pairs: [pair("k", 0, [1]), pair("k", 0, [2])]), "key \"k\" stands there twice",
      "one of the two would be ignored"),
    Case(
      file(pairs: [pair("general.alignment", 4, little(UInt32(24)))]), "general.alignment is 24",
      "it is a power of two up to 65536"),
  ]

  static let directories: [Case] = [
    Case(
      file(tensors: [tensor("w", [4]), tensor("w", [4])], dataByteCount: 16),
      "tensor \"w\" stands there twice", "one of the two would be ignored"),
    Case(
      file(tensors: [tensor("w", [4], at: 16)], dataByteCount: 32),
      "tensor \"w\" starts at data byte 16", "tensors start at multiples of 32"),
    Case(
      file(tensors: [tensor("w", [4, 2], at: 32)], dataByteCount: 63),
      "tensor \"w\" ends at data byte 64", "the file has 63 data bytes"),
    Case(
      file(tensors: [tensor("a", [16]), tensor("b", [16], at: 32)], dataByteCount: 96),
      "tensors \"a\" and \"b\" overlap", "the file contradicts itself"),
    Case(
      file(tensors: [tensor("w", [256], type: 10)], dataByteCount: 84),
      "tensor \"w\" is of Q2_K (type 10)", readable, fix: types),
    Case(
      file(tensors: [tensor("w", [256], type: 99)]), "tensor \"w\" is of type 99", readable,
      fix: types),
    Case(
      file(tensors: [tensor("w", [48, 2], type: 3)], dataByteCount: 60),
      "tensor \"w\" has rows of 48 weights",
      "Q4_1 stores blocks of 32, which never straddle rows"),
    Case(
      file(tensors: [tensor("w", [1, 1, 1, 1, 1])]), "the rank of tensor \"w\" is 5",
      "at most 4 \(tooLarge)"),
    Case(
      file(tensors: [tensor("w", [4, 0])]), "tensor \"w\" has the dimensions [4, 0]",
      "one to four are possible, each in 1...2147483647"),
    Case(
      file(tensors: [tensor("w", [1 << 30, 1 << 30, 1 << 30])]),
      "tensor \"w\" has the dimensions [1073741824, 1073741824, 1073741824]",
      "one to four are possible, each in 1...2147483647"),
  ]

  @Test(arguments: heads + pairs + directories)
  func refuses(_ sample: Case) throws {
    #expect(try GGUFTests.refusal(of: sample.data) == sample.message)
  }

  /// What is asked of a sound file and is not there.
  @Test func accessors() throws {
    try GGUFTests.withFile(GGUFTests.sample().data()) { path in
      let file = try GGUFFile(reading: path)
      func expect(_ problem: GGUFError.Problem, _ body: () throws -> Void) {
        #expect(throws: GGUFError(path: path, problem)) { try body() }
      }
      expect(.missingKey("none")) { _ = try file.integer("none") }
      expect(.wrongValue(key: "a.text", found: "\"Größe\"", expected: "an integer")) {
        _ = try file.integer("a.text", default: 1)
      }
      expect(.wrongValue(key: "a.count", found: "7", expected: "8...9")) {
        _ = try file.integer("a.count", in: 8...9)
      }
      expect(.missingTensor("none")) { _ = try file.tensor(named: "none") }
      expect(.shape(tensor: "weight", found: [2, 3], expected: [3, 2])) {
        _ = try file.tensor(named: "weight", shape: [3, 2])
      }
    }
  }

  /// Damage of one byte, or a cut, gives a value or an error: never a trap.
  @Test func damagedFilesAreReadOrRefused() throws {
    let sound = [UInt8](GGUFTests.sample().data())
    var random = RandomStream.generator(seed: 1, purpose: "damage")
    var refused = 0
    for round in 0..<500 {
      var bytes = sound
      if round % 5 == 0 { bytes.removeLast(random.index(below: sound.count)) }
      for _ in 0...random.index(below: 3) where !bytes.isEmpty {
        bytes[random.index(below: bytes.count)] = UInt8(random.index(below: 256))
      }
      try GGUFTests.withFile(Data(bytes)) { path in
        do {
          let file = try GGUFFile(reading: path)
          for name in file.tensors.keys { _ = try file.tensor(named: name) }
        } catch is GGUFError {
          refused += 1
        }
      }
    }
    #expect((150..<500).contains(refused), "\(refused) of 500 refused")
  }
}
