import Compute
import Foundation
import Pipeline

/// `geo.tracts`: a map of areas with numbers, and who borders on whom.
struct TractsStage: Stage {
  static let kind = "geo.tracts"
  static let version = 1
  static let summary = "Reads a map of areas with numbers, and finds which areas are neighbours."
  static let usesNumerics = false
  static let inputs = [
    InputSlot("outlines", .file, isOptional: true, help: "GeoJSON, instead of 'polygons'"),
    InputSlot("numbers", .file, isOptional: true, help: "CSV, instead of 'table'"),
  ]
  static let outputs = [
    OutputSlot("tracts", .json, help: "the areas as GeoJSON, with their numbers"),
    OutputSlot("adjacency", .json, help: "neighbours of each area"),
    OutputSlot(
      "summary", .table,
      columns: ResultColumns.dataset + [
        Column("quantity", .string, help: "what is counted"), Column("value", .double),
      ], help: "how many areas, links and areas without a neighbour"),
  ]

  private let polygons: String
  private let table: String
  private let columns: [String: Value]
  private let keep: KeepRule
  private let key: String
  private let weights: Contiguity
  private let k: Int
  private let snap: Double

  init(_ p: inout ParameterReader) {
    polygons = p.string(
      "polygons", default: "causal/la/tracts.geojson",
      help: "GeoJSON of the outlines, below a data folder; '' for the input")
    table = p.string(
      "table", default: "causal/la/tracts.csv",
      help: "CSV of numbers by area, below a data folder; '' for the input, or for none")
    key = p.string("key", default: "geoid", help: "property and column that name an area, as text")
    columns = p.map(
      "columns", default: AreaSource.laColumns.mapValues(Value.string),
      help: "attribute: column of the table; white, population and land make minority and density")
    keep = KeepRule(&p, help: "least value of the areas that stay")
    weights = p.choice("weights", default: .queen, help: "who is a neighbour")
    k = p.int(
      "k", default: 6, in: 1...50, help: "knn: neighbours; either of two may name the other")
    snap = p.double(
      "snap", default: 1e-5, in: .closed(1e-9, 1), unit: "degrees",
      help: "corners nearer than this are the same")
    for (name, value) in columns.sorted(by: { $0.key < $1.key }) where value.text == nil {
      p.refuse(
        ParameterProblem(
          parameter: "columns", what: "columns.\(name) is \(value.typeName): \(value.plainText)",
          why: "it names a column of the table", fix: "write \(name): COLUMN"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 2, memoryBytes: 512 << 20) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    try DataPath.files([polygons, table].filter { !$0.isEmpty }, in: folders)
  }

  func run(_ context: StageContext) throws {
    var source = AreaSource()
    source.key = key
    source.columns = columns.compactMapValues(\.text)
    source.keep = keep.least
    var files = [try DataPath.given(context, polygons, input: "outlines")]
    if !table.isEmpty || context.optionalInput("numbers") != nil {
      files.append(try DataPath.given(context, table, input: "numbers"))
    }
    let map = try source.map(of: files)
    let neighbours = try weights.neighbours(of: map.shapes, snap: snap, k: k, xScale: map.xScale)
    let adjacency = Adjacency(
      kind: weights.rawValue, ids: map.ids, weights: SpatialWeights(neighbours: neighbours))
    let islands = adjacency.weights.islands
    context.log("\(map.count) areas, \(islands.count) without a neighbour")
    try map.data.write(to: context.output("tracts"))
    try adjacency.data.write(to: context.output("adjacency"))
    var summary = Table(columns: Self.outputs[2].columns)
    let links = adjacency.weights.linkCount
    let counts: [(String, Double)] = [
      ("areas", Double(map.count)), ("links", Double(links)),
      ("mean neighbours", Double(links) / Double(map.count)),
      ("without neighbours", Double(islands.count)),
    ]
    for (quantity, value) in counts {
      summary.append(map.cells + [.string(quantity), .double(value)])
    }
    try summary.write(to: context, "summary")
  }
}
