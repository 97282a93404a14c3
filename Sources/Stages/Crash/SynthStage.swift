import Compute
import Foundation
import Pipeline

/// `crash.synth`: simulated truck crashes whose true effects are known.
struct SynthStage: Stage {
  static let kind = "crash.synth"
  static let version = 1
  static let summary =
    "Simulates truck crashes at night with known effects of lighting, on a real or a drawn map."
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("crashes", .dataset, help: "crashes with treatment, outcome and truth"),
    OutputSlot("tracts", .json, help: "the map as GeoJSON, with income and minority share"),
    OutputSlot("adjacency", .json, help: "queen neighbours of each tract"),
    OutputSlot(
      "truth", .table,
      columns: ResultColumns.dataset + [
        Column("quantity", .string, help: "what is known of the crashes"),
        Column("value", .double, help: "in units of the outcome, or a count"),
      ], help: "true effects and counts"),
    OutputSlot("disclosure", .text, help: "how the generator was made, and what it cannot show"),
  ]

  /// A place for the crashes.
  enum World: String, CaseIterable {
    case la_tracts, grid
  }

  private let prefer: [World]
  private let seed: Int
  private let grid: Int
  private let n: Int
  private let equations: CrashEquations
  private let levels: [Double]
  private let groups: Int

  init(_ p: inout ParameterReader) {
    prefer = p.preference(
      default: [.grid], of: "world",
      help: "worlds in order of preference: real tracts if their files are there, or a drawn grid")
    seed = p.int("seed", default: 1, in: 0...Int.max, help: "of world and crashes")
    grid = p.int("grid", default: 20, in: 6...64, unit: "cells", help: "side of the drawn world")
    n = p.int("n", default: 8000, in: 200...200_000, unit: "crashes", help: "how many")
    var equations = CrashEquations()
    equations.confounding = p.double(
      "confounding", default: 1, in: .closed(0, 3), help: "how much treatment follows covariates")
    equations.hidden = p.double(
      "hidden", default: 0, in: .closed(0, 3), help: "strength of an unobserved confounder")
    equations.spatialEffect = p.double(
      "spatial_effect", default: 0.35, in: .closed(0, 2), help: "strength of unobserved places")
    equations.nonlinear = p.double(
      "nonlinear", default: 1, in: .closed(0, 1), help: "weight of the terms no linear model has")
    self.equations = equations
    levels = p.doubles(
      "levels", default: [0, 1, 2, 3],
      help: "outcome of property damage, minor, serious, fatal; [0, 0, 1, 1] for killed or serious")
    groups = p.int("groups", default: 5, in: 2...20, help: "groups of tracts by each trait")
    if levels.count != 4 {
      p.refuse(
        ParameterProblem(
          parameter: "levels", what: "there are \(levels.count) numbers",
          why: "severity has four levels", fix: "write four numbers"))
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 3, memoryBytes: 512 << 20) }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    for world in prefer {
      guard world == .la_tracts else { return [] }
      if let folder = Assets.laTracts.locate(in: folders) {
        return Assets.laTracts.files.map {
          DeclaredFile(name: $0.name, url: folder.appending(path: $0.name))
        }
      }
    }
    throw StageFailure(
      .environment, at: "parameter prefer", "the files of la_tracts are not there",
      why: "looked for causal/la in " + folders.folders.map(\.path).joined(separator: ", "),
      fix: "prefer: [la_tracts, grid]")
  }

  func run(_ context: StageContext) throws {
    let world: TractWorld
    if context.files.isEmpty {
      world = try .grid(side: grid, seed: seed)
      if prefer[0] == .la_tracts {
        context.log("the files of la_tracts are not there: crashes happen on a drawn grid")
      }
    } else {
      var source = AreaSource()
      source.keep = AreaSource.settledTracts
      world = try .real(source.map(of: context.files), seed: seed)
    }
    let crashes = equations.crashes(n, in: world, seed: seed)
    let sample = CrashSample(
      crashes: crashes, world: world, levels: levels, groups: groups,
      name: "simulated crashes, \(world.map.name)", hash: identity(world))
    context.log(
      "\(n) crashes in \(Set(crashes.map(\.tract)).count) of \(world.map.count) tracts")
    try sample.data.write(to: context.output("crashes"))
    try world.map.data.write(to: context.output("tracts"))
    try world.adjacency.data.write(to: context.output("adjacency"))
    var truth = Table(columns: Self.outputs[3].columns)
    let cells = try sample.data.cells
    for (quantity, value) in try sample.truth {
      truth.append(cells + [.string(quantity), .measured(value)])
    }
    try truth.write(to: context, "truth")
    try Data(CrashSample.disclosure.utf8).write(to: context.output("disclosure"))
  }

  private func identity(_ world: TractWorld) -> String {
    SHA256.hex(
      of: "crash.synth \(Self.version) \(world.map.hash) \(seed) \(n) \(equations) \(levels)")
  }
}
