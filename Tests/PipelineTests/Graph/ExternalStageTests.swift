import Pipeline
import Testing

/// Stages whose inputs and outputs the specification itself names.
struct ExternalStageTests {
  private static let text = """
    version: 1
    name: t
    axes: {seed: [1, 2]}
    stages:
      tool: {uses: program, matrix: [seed], with: {outputs: {rows: table, kept: directory}}}
      next:
        uses: program
        inputs: {all: {from: tool.rows, gather: true}, one: {from: tool.kept, where: {seed: 1}}}
        with: {outputs: {out: text}}
    tables:
      t: {from: tool.rows, rows: seed, value: anything}
    """

  private static func graph() throws -> Graph {
    try ExampleSpec.loader(["spec.yaml": text]).load(file: "spec.yaml")
  }

  @Test func inputsHaveTheTypesOfWhatFeedsThem() throws {
    let next = try #require(try Self.graph().instances.last)
    #expect(next.inputs.map(\.slot) == ["all", "one"])
    #expect(next.inputs.map(\.type) == [.table, .directory])
    #expect(next.inputs.map(\.sources.count) == [2, 1])
  }

  @Test func outputsAreThoseOfTheParameters() throws {
    let instances = try Self.graph().instances
    #expect(instances[0].bound.stage.outputs.map(\.name) == ["kept", "rows"])
    #expect(instances[2].bound.stage.outputs.map(\.type) == [.text])
  }

  @Test func theTypeOfAnInputIsInTheKey() throws {
    let bound = try #require(try Self.graph().instances.last).bound
    let keys = [ArtifactType.table, .json].map { type in
      KeyParts(
        of: bound, inputs: ["all": [.init(hash: "ab", labels: [], type: type)]], files: []
      ).key
    }
    #expect(keys[0] != keys[1])
  }

  @Test func columnsThatTheDataDecideOnAreJoined() throws {
    func instance(_ seed: String, _ table: Table) -> InstanceResult {
      var result = InstanceResult(
        stage: "tool", labels: [AxisLabel(axis: "seed", label: seed)], status: .ran)
      result.tables["rows"] = table
      return result
    }
    let long = try #require(
      LongTable(
        stage: "tool", output: "rows",
        instances: [
          instance("1", Table(columns: [Column("n", .int)], rows: [[.int(1)]])),
          instance(
            "2",
            Table(
              columns: [Column("s", .string), Column("n", .double)],
              rows: [[.string("x"), .double(0.5)]])),
        ]))
    #expect(
      long.table.columns == [Column("seed", .string), Column("n", .double), Column("s", .string)])
    #expect(
      long.table.rows == [
        [.string("1"), .double(1), .null], [.string("2"), .double(0.5), .string("x")],
      ])
  }
}
