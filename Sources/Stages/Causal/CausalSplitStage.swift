import Compute
import Foundation
import Pipeline

/// `causal.split`: marks each unit as training, validation or test.
///
/// `spatial_block` keeps whole square blocks of the map together, so that neighbours do not tell
/// a test unit's noise.
struct CausalSplitStage: Stage {
  private enum Method: String, CaseIterable { case random, published, spatial_block }

  static let kind = "causal.split"
  static let version = 1
  static let summary = "Splits units into training, validation and test."
  static let usesNumerics = false
  static let inputs = [InputSlot("data", .dataset, help: "units of causal.dataset or crash.synth")]
  static let outputs = [
    OutputSlot("data", .dataset, help: "the same units, split"),
    OutputSlot(
      "counts", .table,
      columns: ResultColumns.dataset + [
        Column("part", .string, help: "train, validation or test"),
        Column("n", .int, help: "units"),
        Column("treated", .int, help: "treated units"),
      ], help: "one row per part"),
  ]

  private let method: Method
  private let test: Double
  private let validation: Double
  private let block: Double
  private let seed: Int

  init(_ p: inout ParameterReader) {
    method = p.choice("method", default: .random, help: "how test units are chosen")
    test = p.double(
      "test", default: 0.3, in: .open(0, 1), unit: "fraction",
      help: "test units; not for published")
    validation = p.double(
      "val", default: 0.3, in: .above(0, through: 0.9), unit: "fraction",
      help: "validation units, of those that are not test units")
    block = p.double(
      "block", default: 5, in: .closed(1e-6, 1e6),
      help: "spatial_block: side of a block, in map units")
    seed = p.int("seed", default: 1, in: 0...Int.max, help: "of the choice")
  }

  var estimate: Estimate { .small }

  func run(_ context: StageContext) throws {
    var data = try CausalData(reading: context.input("data").url)
    var part = try testMarks(data)
    let rest = part.indices.filter { part[$0] == CausalData.Part.train.rawValue }
    for row in chosen(rest, share: validation, "validation", of: data) {
      part[row] = CausalData.Part.validation.rawValue
    }
    data.part = part
    try refuseThinArms(data)
    try data.write(to: context.output("data"))
    var table = Table(columns: Self.outputs[1].columns)
    let parts: [(String, CausalData.Part)] = [
      ("train", .train), ("validation", .validation), ("test", .test),
    ]
    for (name, kind) in parts {
      let rows = data.rows(kind)
      table.append(
        data.cells + [
          .string(name), .int(rows.count), .int(rows.count { data.treatment[$0] == 1 }),
        ])
    }
    try table.write(to: context, "counts")
  }

  private func testMarks(_ data: CausalData) throws -> [UInt8] {
    var part = [UInt8](repeating: 0, count: data.count)
    switch method {
    case .published:
      guard let published = data.published else {
        throw StageFailure(
          at: "parameter method", "\(data.name) has no published split",
          why: "published takes the test rows that come with the data",
          fix: "write method: random")
      }
      return published
    case .random:
      for row in chosen(Array(0..<data.count), share: test, "test", of: data) { part[row] = 2 }
    case .spatial_block:
      guard let place = data.place?.values else {
        throw StageFailure(
          at: "parameter method", "\(data.name) has no places",
          why: "spatial_block needs to know where a unit lies", fix: "write method: random")
      }
      for row in try rowsOfDrawnBlocks(place) { part[row] = 2 }
    }
    return part
  }

  private struct Block: Hashable, Comparable {
    let x: Int
    let y: Int

    static func < (a: Block, b: Block) -> Bool { (a.x, a.y) < (b.x, b.y) }
  }

  /// Units of as many whole blocks as hold the share of test units.
  private func rowsOfDrawnBlocks(_ place: [Float]) throws -> [Int] {
    func number(_ index: Int) throws -> Int {
      let number = (Double(place[index]) / block).rounded(.down)
      guard abs(number) <= 1e9 else {
        throw StageFailure(
          at: "parameter block",
          "unit \(index / 2) at \(place[index]) lies in block \(number)",
          why: "blocks are numbered from the origin, up to 1e9 of them", fix: "write a larger block"
        )
      }
      return Int(number)
    }
    let count = place.count / 2
    var rows: [Block: [Int]] = [:]
    for row in 0..<count {
      rows[Block(x: try number(2 * row), y: try number(2 * row + 1)), default: []].append(row)
    }
    let blocks = rows.sorted { $0.key < $1.key }.map(\.value)
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "split blocks")
    var taken: [Int] = []
    for index in random.permutation(blocks.count) {
      if Double(taken.count) >= test * Double(count) { break }
      taken += blocks[index]
    }
    return taken
  }

  /// A share of rows, the same of each arm.
  private func chosen(
    _ rows: [Int], share: Double, _ purpose: String, of data: CausalData
  ) -> [Int] {
    (0..<2).flatMap { arm in
      let members = rows.filter { data.treatment[$0] == arm }
      var random = RandomStream.generator(seed: UInt64(seed), purpose: "split \(purpose)", arm)
      let count = Int((share * Double(members.count)).rounded())
      return random.permutation(members.count).prefix(count).map { members[$0] }
    }
  }

  private func refuseThinArms(_ data: CausalData) throws {
    func refuse(_ part: CausalData.Part, _ name: String, _ why: String, _ fix: String) throws {
      for arm in 0..<2 where data.rows(part).count(where: { data.treatment[$0] == arm }) < 2 {
        throw StageFailure(
          at: "input data", "fewer than 2 \(name) units have treatment \(arm)", why: why, fix: fix)
      }
    }
    try refuse(.train, "training", "every arm is fitted", "write a smaller test or val")
    try refuse(
      .test, "test", "estimates are scored on both arms",
      method == .spatial_block
        ? "write a larger test, a smaller block or another seed" : "write a larger test")
  }
}
