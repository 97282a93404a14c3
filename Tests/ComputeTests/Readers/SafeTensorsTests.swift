import Compute
import Foundation
import Testing

struct SafeTensorsTests {
  private static func sample() -> SafeTensorsWriter {
    var writer = SafeTensorsWriter()
    writer.metadata = ["b": "two \"quoted\"\n", "a": "one"]
    writer.set("weights", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    writer.set("bytes", ByteTensor([7, 8, 9], shape: [3]))
    writer.set("labels", [-1, 2], shape: [2])
    return writer
  }

  /// Gives `body` the path of a file with these bytes.
  private static func withFile<R>(_ data: Data, _ body: (String) throws -> R) throws -> R {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    try data.write(to: url)
    return try body(url.path)
  }

  /// What reading a file with these bytes throws; the file is called `m`.
  private static func refusal(of data: Data) throws -> String? {
    try withFile(data) { path in
      let error = #expect(throws: SafeTensorsError.self) { try SafeTensorsFile(reading: path) }
      return error?.description.replacingOccurrences(of: path, with: "m")
    }
  }

  @Test func roundTrip() throws {
    let path = try Self.withFile(Self.sample().data()) { path in
      let file = try SafeTensorsFile(reading: path)
      try Self.expectSample(file)
      return path
    }
    #expect(
      throws: SafeTensorsError.unreadable(path: path, reason: "No such file or directory")
    ) { try SafeTensorsFile(reading: path) }
  }

  private static func expectSample(_ file: SafeTensorsFile) throws {
    #expect(file.metadata == ["b": "two \"quoted\"\n", "a": "one"])
    #expect(try file.floats("weights") == Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    #expect(try file.bytes("bytes").values == [7, 8, 9])
    #expect(try file.integers("labels") == [-1, 2])
  }

  @Test func bytesAreCanonical() {
    var other = SafeTensorsWriter()
    other.set("labels", [-1, 2], shape: [2])
    other.set("bytes", ByteTensor([7, 8, 9], shape: [3]))
    other.set("weights", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    other.metadata = ["a": "one", "b": "two \"quoted\"\n"]
    #expect(other.data() == Self.sample().data())
    let text = String(decoding: other.data().dropFirst(8), as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"__metadata__":{"a":"one","b":"two \"quoted\"\u000a"},"#
          + #""labels":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"#
          + #""weights":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"#
          + #""bytes":{"dtype":"U8","shape":[3],"data_offsets":[32,35]}}"#))
  }

  @Test func writesWhatDataHolds() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("m.safetensors").path
    try Data("an older file".utf8).write(to: URL(fileURLWithPath: path))
    try Self.sample().write(to: path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["m.safetensors"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Self.sample().data())
    #expect(try SafeTensorsFile(reading: path).integers("labels") == [-1, 2])
  }

  @Test func aFailedWriteLeavesNothing() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let occupied = folder.appendingPathComponent("m.safetensors")
    try FileManager.default.createDirectory(at: occupied, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let error = #expect(throws: NSError.self) { try Self.sample().write(to: occupied.path) }
    #expect(error?.domain == NSPOSIXErrorDomain && error?.code == Int(EISDIR))
    #expect(error?.userInfo[NSFilePathErrorKey] as? String == occupied.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["m.safetensors"])
  }

  /// Somebody shortens the file after its header was read.
  @Test func noticesAShortenedFile() throws {
    try Self.withFile(Self.sample().data()) { path in
      let file = try SafeTensorsFile(reading: path)
      let size = Self.sample().data().count
      try #require(truncate(path, size - 1) == 0)
      #expect(try file.integers("labels") == [-1, 2])
      #expect(
        throws: SafeTensorsError.unreadable(
          path: path, reason: "it ends at byte \(size - 1), it had \(size) when opened")
      ) { try file.bytes("bytes") }
    }
  }

  private static func file(_ header: String, dataByteCount: Int) -> Data {
    var data = Data()
    var length = UInt64(header.utf8.count)
    for _ in 0..<8 {
      data.append(UInt8(length & 0xFF))
      length >>= 8
    }
    return data + Data(header.utf8) + Data(repeating: 0, count: dataByteCount)
  }

  private static let remedy = "\nfix: make the file again, or fetch it again if it was copied"

  @Test(arguments: [
    (
      #"{"x":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#, 4,
      #"m: tensor "x": dtype "I8" is not one of F32, F16, BF16, U8, I32, I64"#
    ),
    (
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
      #"m: tensor "x": data_offsets [0, 4] span 4 bytes, but F32 of shape [2] needs 8"#
    ),
    (
      #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4,
      #"m: tensor "x": data_offsets [0, 8] do not lie in the file's 4 data bytes"#
    ),
    (
      #"{"x":{"dtype":"U8","shape":[2000000000,2000000000,2000000000],"data_offsets":[0,4]}}"#, 4,
      #"m: tensor "x": shape [2000000000, 2000000000, 2000000000] is too large"#
    ),
    (
      #"{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,4]}}"#, 4,
      #"m: tensor "x": shape [-1] has a size outside 0...2147483647, or more than 8 of them"#
    ),
    (
      #"{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"#
        + #""y":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, 4,
      #"m: tensor "y" overlaps its neighbour at data byte 3"#
    ),
    (
      #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 4,
      "m: the tensors end at data byte 2, the file at 4"
    ),
    (
      #"{"x":{"a":"b"}}"#, 0,
      #"m: tensor "x": dtype, shape or data_offsets is missing"#
    ),
    (
      "[1]", 0,
      "m: the header is not the JSON object that safetensors asks for: it does not parse"
    ),
  ])
  func refusesUnsoundHeaders(header: String, dataByteCount: Int, text: String) throws {
    let data = Self.file(header, dataByteCount: dataByteCount)
    #expect(try Self.refusal(of: data) == text + Self.remedy)
  }

  @Test func refusesAHeaderLongerThanTheFile() throws {
    let data = Data([255, 255, 255, 255, 0, 0, 0, 0, 0x7B, 0x7D])
    #expect(
      try Self.refusal(of: data)
        == "m: the header claims 4294967295 bytes, at most 2 are possible here (the rest of the "
        + "file, 16 MiB at most)" + Self.remedy)
    #expect(
      try Self.refusal(of: Data([1, 2, 3]))
        == "m: 3 bytes are too few for a safetensors file, which starts with 8 bytes of header "
        + "length" + Self.remedy)
  }

  @Test func refusesMissingNamesAndOtherTypes() throws {
    try Self.withFile(Self.sample().data()) { path in
      let file = try SafeTensorsFile(reading: path)
      #expect(throws: SafeTensorsError.missing(path: path, name: "bias")) {
        try file.floats("bias")
      }
      #expect(
        throws: SafeTensorsError.wrongType(
          path: path, name: "bytes", found: "U8", expected: "F32")
      ) { try file.floats("bytes") }
    }
  }

  /// Any damage ends in an error or in tensors, never in a trap.
  @Test func survivesRandomDamage() throws {
    let sound = Self.sample().data()
    var refused = 0
    for round in 0..<4_000 {
      var random = RandomStream.generator(seed: 11, purpose: "damage", round)
      var data = sound
      for _ in 0...random.index(below: 3) {
        data[random.index(below: min(data.count, 300))] = UInt8(random.index(below: 256))
      }
      if random.unit() < 0.3 { data = data.prefix(random.index(below: data.count)) }
      try Self.withFile(data) { path in
        do {
          let file = try SafeTensorsFile(reading: path)
          for name in file.entries.keys {
            _ = try? file.floats(name)
            _ = try? file.bytes(name)
            _ = try? file.integers(name)
          }
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 2_000)
  }
}
