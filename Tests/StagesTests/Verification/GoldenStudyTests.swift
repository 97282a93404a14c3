import Pipeline
import Stages
import Testing

struct GoldenStudyTests {
  private static func kinds() throws -> Set<String> {
    let loader = SpecLoader(
      registry: Registry.stages, reader: .memory([GoldenStudy.file: GoldenStudy.specification]))
    return Set(try loader.load(file: GoldenStudy.file).instances.map(\.bound.type.kind))
  }

  @Test func everyStageTypeIsInIt() throws {
    let missing = Set(Registry.stages.types.map(\.kind)).subtracting(try Self.kinds())
      .subtracting(GoldenStudy.readers)
    #expect(missing.isEmpty, "add them to GoldenStudy and run 'make golden'")
  }

  @Test func freshHashesReplaceThoseOfTheirOwnMachineOnly() {
    let source = GoldenStudy.source(
      replacing: [("zzz", "data.train", "0123"), (GoldenStudy.anyTag, "script.rows", "4567")])
    #expect(source.contains("\n    any script.rows 4567\n"))
    #expect(source.contains("\n    zzz data.train 0123\n"))
    #expect(!source.contains("any data.train"))
    #expect(GoldenStudy.hashes(tag: GoldenStudy.anyTag)?["data.train"]?.count == 16)
    #expect(GoldenStudy.hashes(tag: "zzz") == nil)
  }
}
