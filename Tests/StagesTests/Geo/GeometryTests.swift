import Compute
import Foundation
import Pipeline
import Stages
import Testing

@Suite struct GeometryTests {
  private static func square(_ x: Double, _ y: Double, side: Double = 1) -> [MapPoint] {
    [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)].map {
      MapPoint(x + $0.0 * side, y + $0.1 * side)
    }
  }

  @Test func aPointOnASharedEdgeIsInOneArea() {
    let shapes = [
      AreaShape(polygons: [[Self.square(0, 0)]]), AreaShape(polygons: [[Self.square(1, 0)]]),
      AreaShape(polygons: [[Self.square(0, 1)]]), AreaShape(polygons: [[Self.square(1, 1)]]),
    ]
    for point in [MapPoint(1, 0.5), MapPoint(0.5, 1), MapPoint(1, 1), MapPoint(0, 0)] {
      #expect(shapes.filter { $0.contains(point) }.count == 1)
    }
    let index = AreaIndex(shapes)
    #expect(index.area(at: MapPoint(1.25, 0.75)) == 1)
    #expect(index.area(at: MapPoint(0.25, 1.75)) == 2)
    #expect(index.area(at: MapPoint(2.5, 0.5)) == nil)
    #expect(index.nearest(to: MapPoint(2.5, 0.5), within: 0.6, xScale: 1) == 1)
    #expect(index.nearest(to: MapPoint(2.5, 0.5), within: 0.4, xScale: 1) == nil)
  }

  /// 1e40 times as wide as high; and so many areas over each other that the grid is coarser.
  @Test func unusualMapsHaveAnIndex() {
    let sliver = [(0.0, 0.0), (1, 0), (1, 1e-40), (0, 0)].map { MapPoint($0.0, $0.1) }
    let flat = AreaIndex([AreaShape(polygons: [[sliver]])])
    #expect(flat.area(at: MapPoint(0.75, 5e-41)) == 0)
    #expect(flat.area(at: MapPoint(0.25, 5e-41)) == nil)
    let pile =
      [AreaShape(polygons: [[Self.square(2, 2)]])]
      + (0..<300).map { _ in AreaShape(polygons: [[Self.square(0, 0, side: 3)]]) }
    let index = AreaIndex(pile)
    #expect(index.area(at: MapPoint(2.5, 2.5)) == 0)
    #expect(index.area(at: MapPoint(0.5, 2.5)) == 1)
  }

  @Test func refusesMoreLinksThanAreKept() {
    let pile = (0..<3200).map { _ in AreaShape(polygons: [[Self.square(0, 0)]]) }
    #expect(
      throws: StageFailure(
        at: "parameter weights",
        "areas that touch would have 10236800 links; up to 3200 areas touch at one place",
        why: "at most 10000000 links are kept",
        fix: "write a smaller snap, write weights: knn, or repair the outlines")
    ) { try Contiguity.queen.neighbours(of: pile, snap: 1e-5, k: 1, xScale: 1) }
  }

  @Test func holesAndIslandsCount() {
    let shape = AreaShape(polygons: [
      [Self.square(0, 0, side: 3), Self.square(1, 1)], [Self.square(5, 0)],
    ])
    #expect(shape.contains(MapPoint(0.5, 0.5)))
    #expect(!shape.contains(MapPoint(1.5, 1.5)))
    #expect(shape.contains(MapPoint(5.5, 0.5)))
    let middle = AreaShape(polygons: [[Self.square(-118, 34, side: 0.01)]]).centroid
    #expect(abs(middle.x + 117.995) < 1e-9 && abs(middle.y - 34.005) < 1e-9)
  }

  /// Four cells of a square: all touch at the middle, opposite ones share no edge.
  @Test func queenRookAndNearest() throws {
    let shapes = [(0.0, 0.0), (1, 0), (0, 1), (1, 1)].map {
      AreaShape(polygons: [[Self.square($0.0, $0.1)]])
    }
    func neighbours(_ kind: Contiguity, k: Int = 1) throws -> [[Int]] {
      try kind.neighbours(of: shapes, snap: 1e-5, k: k, xScale: 1)
    }
    #expect(try neighbours(.queen) == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    #expect(try neighbours(.rook) == [[1, 2], [0, 3], [0, 3], [1, 2]])
    #expect(try neighbours(.knn, k: 2) == [[1, 2], [0, 3], [0, 3], [1, 2]])
    #expect(try SpatialWeights.asymmetry(in: neighbours(.knn)) == nil)
  }

  @Test func mapsAndNeighboursSurviveTheirFiles() throws {
    let bench = try StageBench()
    let map = AreaMap(
      name: "two", hash: "ab", unit: .cells, ids: ["01", "02"],
      shapes: [
        AreaShape(polygons: [[Self.square(0, 0)]]),
        AreaShape(polygons: [[Self.square(1, 0)], [Self.square(5, 5)]]),
      ], attributes: ["income": [1.5, nil], "id": [7, 8]])
    let file = bench.folder.appending(path: "map")
    try map.data.write(to: file)
    let read = try AreaMap(reading: file)
    #expect(read.ids == map.ids && read.shapes == map.shapes && read.unit == .cells)
    #expect(read.attributes == map.attributes)
    #expect(read.data == map.data)
    let adjacency = Adjacency(
      kind: "queen", ids: map.ids, weights: SpatialWeights(neighbours: [[1], [0]]))
    try adjacency.data.write(to: file)
    #expect(try Adjacency(reading: file).weights == adjacency.weights)
    #expect(throws: failure("no tracts have it")) { try map.numbers("incomes") }
  }

  private func failure(_ note: String) -> StageFailure {
    StageFailure(
      at: "map two", "the areas have no column 'incomes'", why: "they have: id, income",
      fix: "did you mean 'income'?")
  }

  @Test func oneSidedNeighboursAreRefused() throws {
    let bench = try StageBench()
    let file = bench.folder.appending(path: "adjacency")
    let text = #"{"kind":"queen","ids":["a","b"],"neighbours":[[1],[]]}"#
    try Data(text.utf8).write(to: file)
    #expect(
      throws: StageFailure(
        at: "adjacency", "area a lists b as a neighbour, but not the reverse",
        why: "being neighbours is mutual",
        fix: "use the output 'adjacency' of geo.tracts or crash.synth as this input")
    ) { try Adjacency(reading: file) }
  }
}
