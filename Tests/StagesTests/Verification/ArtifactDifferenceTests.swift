import Compute
import Foundation
import Pipeline
import Stages
import Testing

struct ArtifactDifferenceTests {
  private let bench: StageBench

  init() throws {
    bench = try StageBench()
  }

  private func difference(
    _ type: ArtifactType, _ first: Data, _ second: Data
  ) throws -> String? {
    let files = ["first", "second"].map { bench.folder.appending(path: $0) }
    try first.write(to: files[0])
    try second.write(to: files[1])
    return try ArtifactDifference.text(type, files[0], files[1])
  }

  private static func table(_ rows: [[Value]]) -> Data {
    Table(columns: [Column("n", .int), Column("x", .double)], rows: rows).canonicalData
  }

  private static func tensors(_ weights: [Float], steps: Int32 = 1) -> Data {
    var writer = SafeTensorsWriter()
    writer.set("w", Tensor(weights, shape: [2, 3]))
    writer.set("steps", [steps], shape: [1])
    return writer.data()
  }

  @Test func aTableCellIsNamed() throws {
    let one = Self.table([[.int(1), .double(0.5)], [.int(2), .double(1)]])
    #expect(try difference(.table, one, one) == nil)
    #expect(
      try difference(.table, one, Self.table([[.int(1), .double(0.5)], [.int(2), .double(1.5)]]))
        == "row 2, column 'x': 1.0 and 1.5")
    #expect(
      try difference(.table, one, Self.table([[.int(1), .double(0.5)]])) == "2 rows and 1 rows")
  }

  @Test func aTensorElementIsNamed() throws {
    let one = Self.tensors([0, 1, 2, 3, 4, .nan])
    #expect(try difference(.model, one, one) == nil)
    #expect(
      try difference(.model, one, Self.tensors([0, 1, 2, 3, 4.5, 6]))
        == "tensor 'w'[1, 1]: 4.0 and 4.5 (2 of 6 elements differ)")
    #expect(
      try difference(.tensors, one, Self.tensors([-0, 1, 2, 3, 4, .nan], steps: 2))
        == "tensor 'steps'[0]: 1 and 2 (1 of 1 elements differ)")
  }

  @Test func otherwiseItIsAByte() throws {
    let one = Data([1, 2, 3])
    #expect(try difference(.file, one, Data([1, 9, 3])) == "byte 1: 2 and 9")
    #expect(try difference(.text, one, Data([1, 2])) == "3 bytes and 2 bytes")
    #expect(try difference(.dataset, one, Data([1, 2, 4])) == "byte 2: 3 and 4")
  }
}
