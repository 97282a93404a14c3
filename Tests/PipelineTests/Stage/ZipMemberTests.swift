import Foundation
import Pipeline
import Testing

@Suite struct ZipMemberTests {
  /// `empty`, stored, and `folder/a.txt`, deflated: `abcdef` a thousand times. By Python's zipfile.
  static let archive =
    Data(
      base64Encoded:
        "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAZW1wdHlQSwMEFAAAAAgAAAAhADLSlpgfAAAAcBcAAAwA"
        + "AABmb2xkZXIvYS50eHTtxDcBAAAIAKCszv4RDOELB5HVs2Hbtm3btm3bth8fUEsBAhQDFAAAAAAAAAAhAAAA"
        + "AAAAAAAAAAAAAAUAAAAAAAAAAAAAAIABAAAAAGVtcHR5UEsBAhQDFAAAAAgAAAAhADLSlpgfAAAAcBcAAAwA"
        + "AAAAAAAAAAAAAIABIwAAAGZvbGRlci9hLnR4dFBLBQYAAAAAAgACAG0AAABsAAAAAAA=") ?? Data()

  private func extract(_ name: String, from data: Data) throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, target) = (folder.appending(path: "zip"), folder.appending(path: "out"))
    try data.write(to: file)
    try ZipMember(name, in: file).extract(to: target)
    return try Data(contentsOf: target)
  }

  @Test func membersComeOut() throws {
    #expect(try extract("empty", from: Self.archive).isEmpty)
    let text = String(repeating: "abcdef", count: 1000)
    #expect(try extract("folder/a.txt", from: Self.archive) == Data(text.utf8))
  }

  @Test func whatIsNotThere() {
    #expect(throws: ZipMember.Failure.missing) { try extract("a.txt", from: Self.archive) }
    #expect(throws: ZipMember.Failure.notZip) { try extract("a", from: Data("GGUF".utf8)) }
  }

  /// Every single byte changed, every cut: the right bytes or a refusal.
  @Test func damageIsNoticed() throws {
    let text = Data(String(repeating: "abcdef", count: 1000).utf8)
    func outcome(_ data: Data) throws {
      do {
        #expect(try extract("folder/a.txt", from: data) == text)
      } catch is ZipMember.Failure {
        return
      }
    }
    for place in Self.archive.indices {
      var damaged = Self.archive
      damaged[place] ^= 0xFF
      try outcome(damaged)
      try outcome(Self.archive.prefix(place))
    }
  }
}
