import Foundation
import Pipeline
import Testing

@Suite struct SHA256Tests {
  /// Vectors of FIPS 180-4 and the NIST examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownVectors(text: String, digest: String) {
    #expect(SHA256.hex(of: text) == digest)
    #expect(SHA256.hex(of: Data(text.utf8)) == digest)
  }

  @Test func aFileHashesLikeItsBytesWhateverTheBlocks() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    let bytes = Data((0..<(2 << 20) + 5).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    try bytes.write(to: url)
    let file = try SHA256.hex(ofFile: url.path)
    #expect(file.hash == SHA256.hex(of: bytes))
    #expect(file.byteCount == bytes.count)
    var pieces = SHA256()
    bytes.prefix(7).withUnsafeBytes { pieces.update($0) }
    bytes.dropFirst(7).withUnsafeBytes { pieces.update($0) }
    #expect(pieces.finish() == file.hash)
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: FileError("open", "/nowhere/at/all", code: ENOENT)) {
      try SHA256.hex(ofFile: "/nowhere/at/all")
    }
  }
}
