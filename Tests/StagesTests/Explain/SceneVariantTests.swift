import Compute
import Pipeline
import Stages
import Testing

/// Scenes whose objects lie in quarters, or differ in one attribute alone.
struct SceneVariantTests {
  private func scenes(_ parameters: [String: Value]) throws -> CaptionedImages {
    let bench = try StageBench()
    let given: [String: Value] = ["count": .int(24), "size": .int(64), "seed": .int(3)]
    let file = try bench.run("vision.scenes", given.merging(parameters) { $1 })["images"]
    return try CaptionedImages(reading: #require(file).url)
  }

  private static func probabilities(_ values: [Double]) -> Value {
    .list(values.map(Value.double))
  }

  /// The largest step from a pixel to its right neighbour inside the quarter of `place`.
  private func edge(_ pixels: [UInt8], quarterOf place: Int) -> Int {
    let (left, top) = (place % 64 / 32 * 32, place / 64 / 32 * 32)
    return (top..<top + 32).flatMap { y in
      (left..<left + 31).flatMap { x in
        (0..<3).map { c in
          let at = (y * 64 + x) * 3 + c
          return abs(Int(pixels[at]) - Int(pixels[at + 3]))
        }
      }
    }.max() ?? 0
  }

  /// A mask is the quarter, an object lies in it, and none in the fourth.
  @Test func quartersHoldTheirObjects() throws {
    let set = try scenes([
      "objects": Self.probabilities([0, 0, 1]), "layout": .string("quadrants"), "noise": .double(0),
    ])
    #expect(set.targets.count == 3 * 24)
    for (image, targets) in set.targetsByImage.enumerated() {
      let pixels = set.images.rows(image..<image + 1).values
      var empty = Set([0, 32, 32 * 64, 32 * 64 + 32])
      for target in targets {
        let mask = set.mask(target)
        let first = try #require(mask.firstIndex(of: true))
        #expect(empty.remove(first) != nil)
        let quarter = mask.indices.map {
          $0 % 64 / 32 == first % 64 / 32 && $0 / 64 / 32 == first / 64 / 32
        }
        #expect(mask == quarter)
        // The ground changes by less than two levels a pixel.
        #expect(edge(pixels, quarterOf: first) > 20, "\(set.targets[target].phrase)")
      }
      #expect(empty.count == 1 && empty.allSatisfy { edge(pixels, quarterOf: $0) <= 2 })
    }
  }

  @Test(arguments: [("colour", 1), ("shape", 2), ("size", 1)])
  func oneAttributeTellsThemApart(differ: String, word: Int) throws {
    let set = try scenes([
      "objects": Self.probabilities([0, 1]), "differ": .string(differ),
    ])
    for targets in set.targetsByImage {
      let phrases = targets.map { set.targets[$0].phrase.split(separator: " ") }
      let differing = phrases[0].indices.filter { phrases[0][$0] != phrases[1][$0] }
      #expect(differing == [word], "\(phrases)")
      let areas = targets.map { set.mask($0).count { $0 } }
      let isLarger = areas[0] > areas[1]
      if differ == "size" { #expect(isLarger == (phrases[0][1] == "large"), "\(phrases) \(areas)") }
    }
    #expect(set.targets.allSatisfy { set.phrases.contains($0.phrase) })
  }

  @Test func refusesMoreObjectsThanKinds() {
    #expect(
      StageBench.problems("vision.scenes", ["differ": .string("size")]) == [
        ParameterProblem(
          parameter: "objects", what: "3 objects of 2 kinds",
          why: "those of one scene differ in size", fix: "write at most 2 probabilities")
      ])
  }
}
