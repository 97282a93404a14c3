import Compute
import Foundation
import Testing

@Suite struct GGUFTests {
  static let nested = GGUFValue.arrays([.strings(["x"]), .integers([1, 2], .uint8)])

  static func sample() -> GGUFWriter {
    var writer = GGUFWriter()
    writer.metadata = [
      "a.int": .integer(-3, .int32), "a.count": .integer(7, .uint32),
      "a.real": .float(0.5, .float32), "a.flag": .bool(true), "a.text": .string("Größe"),
      "b.ints": .integers([1, -1], .int64), "b.reals": .floats([1.5, -2], .float64),
      "b.flags": .bools([false, true]), "b.texts": .strings(["Ġa", ""]), "b.lists": nested,
    ]
    writer.add("norm", Tensor([1, 2, 3]))
    writer.add("weight", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    let ramp = Tensor((0..<128).map { Float($0 % 64) - 31 }, shape: [2, 64])
    writer.add("blocks", QuantizedMatrix(roundingToQ8: ramp))
    return writer
  }

  /// Gives `body` the path of a file with these bytes.
  static func withFile<R>(_ data: Data, _ body: (String) throws -> R) throws -> R {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    try data.write(to: url)
    return try body(url.path)
  }

  /// What reading a file with these bytes throws; the file is called `m`.
  static func refusal(of data: Data) throws -> String? {
    try withFile(data) { path in
      let error = #expect(throws: GGUFError.self) { try GGUFFile(reading: path) }
      return error?.description.replacing(path, with: "m")
    }
  }

  @Test func roundTrip() throws {
    try Self.withFile(Self.sample().data()) { path in
      let file = try GGUFFile(reading: path)
      #expect(file.metadata == Self.sample().metadata)
      #expect(try file.integer("a.int") == -3)
      #expect(try file.integer("absent", default: 4) == 4)
      #expect(try file.float("a.real") == 0.5)
      #expect(try file.bool("a.flag"))
      #expect(try file.string("a.text") == "Größe")
      #expect(try file.strings("b.texts") == ["Ġa", ""])
      #expect(try file.integers("b.ints") == [1, -1])
      #expect(try file.tensor(named: "norm") == Tensor([1, 2, 3]))
      #expect(
        try file.tensor(named: "weight", shape: [2, 3])
          == Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
    }
  }

  /// Weights -31 ... 32 in blocks of 32: d is 31/127 and 32/127 as half floats.
  @Test func roundsToQ8() throws {
    try Self.withFile(Self.sample().data()) { path in
      let file = try GGUFFile(reading: path)
      let matrix = try file.quantized(named: "blocks")
      #expect(matrix.type == .q80 && matrix.rows == 2 && matrix.columns == 64)
      let weights = matrix.dequantized()
      #expect(try weights == file.tensor(named: "blocks"))
      #expect(weights.rows(1..<2) == matrix.dequantized(rows: 1..<2, lanes: Lanes(2)))
      let (small, large) = (Float(Float16(Float(31) / 127)), Float(Float16(Float(32) / 127)))
      #expect(weights.values[0] == small * -127)
      #expect(weights.values[1] == small * -123)  // 30 * 127 / 31 = 122.9
      #expect(weights.values[63] == large * 127)
    }
  }

  @Test func wholeFilesAreWritten() throws {
    try Self.withFile(Data("older".utf8)) { path in
      try Self.sample().write(to: path)
      #expect(try Data(contentsOf: URL(filePath: path)) == Self.sample().data())
    }
  }

  struct Blocks: Decodable {
    let type: String
    let blocks: String
    let weights: [UInt32]
  }

  @Test func blocksOfEveryType() throws {
    let cases = try Fixture.decode("gguf/blocks.json", as: [Blocks].self)
    let quantized = GGUFType.allCases.filter { $0 != .float32 }
    #expect(Set(cases.map(\.type)) == Set(quantized.map(\.name)))
    for sample in cases {
      let type = try #require(quantized.first { $0.name == sample.type })
      let bytes = hexBytes(sample.blocks)
      let matrix = QuantizedMatrix(
        type: type, rows: 1, columns: sample.weights.count,
        bytes: ByteTensor(bytes, shape: [bytes.count]))
      #expect(matrix.dequantized().values.map(\.bitPattern) == sample.weights, "\(type.name)")
    }
  }

  struct Row: Decodable {
    let tensor: String
    let type: String
    let ne: [Int]
    let row: Int
    let firstBlockHex: String
    let firstBlockValues: [Float]
    let lastBlockHex: String
    let lastBlockValues: [Float]
    let sum: Double
    let sumOfSquares: Double
    let maxAbs: Float
  }

  /// The stored values have nine digits, which tell every float apart.
  @Test func blocksOfTheLanguageModel() throws {
    let rows = try Fixture.decode("smollm2/dequant.json", as: [Row].self)
    #expect(rows.count == 4)
    for row in rows {
      let type = try #require(GGUFType.allCases.first { $0.name == row.type })
      for (hex, values) in [
        (row.firstBlockHex, row.firstBlockValues), (row.lastBlockHex, row.lastBlockValues),
      ] {
        let bytes = hexBytes(hex)
        let matrix = QuantizedMatrix(
          type: type, rows: 1, columns: 32, bytes: ByteTensor(bytes, shape: [bytes.count]))
        #expect(matrix.dequantized().values == values, "\(row.tensor)")
      }
    }
  }

  @Test(.enabled(if: RealData.languageModel != nil, "the language model is not here"))
  func theLanguageModel() throws {
    let file = try GGUFFile(reading: try #require(RealData.languageModel))
    #expect(file.tensors.count == 272 && file.metadata.count == 33)
    #expect(try file.string("general.architecture") == "llama")
    #expect(try file.integer("llama.context_length") == 8192)
    #expect(try file.strings("tokenizer.ggml.merges").count == 48_900)
    for row in try Fixture.decode("smollm2/dequant.json", as: [Row].self) {
      let matrix = try file.quantized(named: row.tensor, shape: row.ne.reversed())
      let values = matrix.dequantized(rows: row.row..<row.row + 1).values
      #expect(Array(values.prefix(32)) == row.firstBlockValues)
      #expect(Array(values.suffix(32)) == row.lastBlockValues)
      let all = try file.tensor(named: row.tensor, lanes: Lanes(2)).values
      let sum = all.reduce(0.0) { $0 + Double($1) }
      let squares = all.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(sum - row.sum) <= 1e-6 * abs(row.sum), "\(row.tensor)")
      #expect(abs(squares - row.sumOfSquares) <= 1e-6 * row.sumOfSquares, "\(row.tensor)")
      #expect(all.reduce(0) { max($0, abs($1)) } == row.maxAbs)
    }
  }

  private func hexBytes(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
