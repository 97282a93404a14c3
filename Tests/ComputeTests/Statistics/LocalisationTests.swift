import Compute
import Foundation
import Testing

struct LocalisationTests {
  private struct Metrics: Decodable {
    struct Overlap: Decodable {
      let foreground_iou: Double
      let pixel_accuracy: Double
    }
    struct Case: Decodable {
      let pointing_game: Bool
      let pointing_game_tol3: Bool
      let energy: Double
      let mean_threshold: Overlap
      let fixed_half: Overlap
      let average_precision: Double
    }
    let cases: [Case]
    let deletion_order_first_20: [Int]
  }

  private static func reference() throws -> Metrics {
    let file = CLIPFixture.folder.appending(path: "metrics.json")
    return try JSONDecoder().decode(Metrics.self, from: Data(contentsOf: file))
  }

  private static func map() throws -> [Float] {
    try CLIPFixture.file("image_ops").floats("bilinear.out_32x32").values
  }

  /// The two masks of the fixture, by row and column.
  private static let masks: [@Sendable (Int, Int) -> Bool] = [
    {
      (4..<15).contains($0) && (16..<29).contains($1)
        && !((6..<9).contains($0) && (18..<21).contains($1))
    },
    { (18..<32).contains($0) && (0..<10).contains($1) && !($0 == 28 && $1 == 0) },
  ]

  @Test(arguments: 0..<2) func agreesWithTheReference(index: Int) throws {
    let expected = try Self.reference().cases[index]
    let found = Localisation(
      map: try Self.map(), mask: (0..<1024).map { Self.masks[index]($0 / 32, $0 % 32) },
      columns: 32, tolerance: 3)
    #expect(found.isHit == expected.pointing_game)
    #expect(found.isNearHit == expected.pointing_game_tol3)
    for (one, two) in [
      (found.energy, expected.energy), (found.meanIoU, expected.mean_threshold.foreground_iou),
      (found.halfIoU, expected.fixed_half.foreground_iou),
      (found.meanAccuracy, expected.mean_threshold.pixel_accuracy),
      (found.halfAccuracy, expected.fixed_half.pixel_accuracy),
      (found.averagePrecision, expected.average_precision),
    ] {
      #expect(abs(one - two) < 1e-9)
    }
  }

  @Test func orderOfDeletion() throws {
    let expected = try Self.reference().deletion_order_first_20
    #expect(Array(descendingOrder(try Self.map()).prefix(20)) == expected)
  }

  /// Check E of the method's card.
  @Test(arguments: [
    ([0.9, 0.8, 0.6, 0.5, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.1], 0.375),
    ([0, 0.02, 0.1, 0.3, 0.45, 0.55, 0.6, 0.65, 0.7, 0.72, 0.9], 0.454),
  ])
  func areas(points: [Double], area: Double) {
    #expect(abs(areaUnderCurve(points) - area) < 1e-12)
  }

  @Test(arguments: [[Float](repeating: 2, count: 4), [1, .nan, 2, 3]])
  func aFlatMapFindsNothing(map: [Float]) {
    let found = Localisation(
      map: map, mask: [false, false, false, true], columns: 2, tolerance: 0)
    #expect(found.isFlat && !found.isHit && found.energy == 0)
    // All places are equal: the target is the last of four.
    #expect(found.averagePrecision == 0.25 && found.meanIoU == 0)
  }

  /// 4 + 3 + 2 of 10 hold 90 %: three of four places; entropy of (.4, .3, .2, .1) is 1.2799 nats.
  @Test func sparsityOfAMap() {
    let (places, entropy) = sparsity(of: [4, 3, 2, 1])
    #expect(places == 0.75)
    #expect(abs(entropy - 1.2798542 / 1.3862944) < 1e-6)
    #expect(sparsity(of: [0, 0, 0, 5]).places == 0.25)
  }

  /// Groups are drawn as a whole: with one group nothing varies.
  @Test func bootstrapOverGroups() throws {
    let one = GroupedBootstrap(groupOf: [7, 7, 7], count: 200, seed: 1)
    let even = try #require(one.interval([1, 2, nil]))
    #expect(even.mean == 1.5 && even.low == 1.5 && even.high == 1.5)
    #expect(one.interval([nil, nil, nil]) == nil)
    #expect(one.interval([1, .nan, 2]) == nil && one.interval([1, .infinity, 2]) == nil)
    let two = GroupedBootstrap(groupOf: [0, 0, 1, 1], count: 2000, seed: 1)
    // Both, one twice, other twice: means 0.5, 0, 1, each in more than 2.5 % of the draws.
    let wide = try #require(two.interval([0, 0, 1, 1]))
    #expect(wide.mean == 0.5 && wide.low == 0 && wide.high == 1)
  }
}
