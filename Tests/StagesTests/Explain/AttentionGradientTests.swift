import Compute
import Foundation
import Stages
import Testing

/// Check H, section 2.4 of the method's card, by differences: without a spatial weight the map of a
/// block is the gradient of the cosine in the class row of its attention, summed over heads.
///
/// The tower is computed here a second time, in float64 and token by token, with that row open to
/// change: nothing of what is tested takes part.
struct AttentionGradientTests {
  /// Weights of the fixture's image tower as float64.
  private struct Tower {
    private let weights: [String: [Double]]
    let width = 32
    let heads = 4
    let blocks = 3

    init(_ model: CLIP) {
      let arena = model.parameters
      weights = Dictionary(
        uniqueKeysWithValues: arena.layout.entries.map {
          ($0.name, arena.value(of: $0).values.map(Double.init))
        })
    }

    private func linear(_ x: [Double], _ name: String) -> [Double] {
      guard let w = weights["\(name).weight"] else { return [] }
      let columns = w.count / x.count
      var y = weights["\(name).bias"] ?? [Double](repeating: 0, count: columns)
      for (i, value) in x.enumerated() {
        for j in 0..<columns { y[j] += value * w[i * columns + j] }
      }
      return y
    }

    private func norm(_ x: [Double], _ name: String) -> [Double] {
      guard let w = weights["\(name).weight"], let b = weights["\(name).bias"] else { return [] }
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      return x.indices.map { (x[$0] - mean) / (variance + 1e-5).squareRoot() * w[$0] + b[$0] }
    }

    /// A block; `step` is added to the weight of token `place` in the class row of every head.
    private func block(_ x: [[Double]], _ index: Int, place: Int = 0, step: Double = 0)
      -> [[Double]]
    {
      let name = "vision.blocks.\(index)"
      let size = width / heads
      let qkv = x.map { linear(norm($0, "\(name).attention.norm"), "\(name).attention.qkv") }
      return x.indices.map { t in
        var attended: [Double] = []
        for first in stride(from: 0, to: width, by: size) {
          let scores = qkv.map { token in
            (first..<first + size).reduce(0) { $0 + qkv[t][$1] * token[width + $1] }
              / Double(size).squareRoot()
          }
          let powers = scores.map { exp($0) }
          var row = powers.map { $0 / powers.reduce(0, +) }
          if t == 0 { row[place] += step }
          for e in first..<first + size {
            attended.append(zip(row, qkv).reduce(0) { $0 + $1.0 * $1.1[2 * width + e] })
          }
        }
        let middle = zip(x[t], linear(attended, "\(name).attention.output")).map(+)
        let hidden = linear(norm(middle, "\(name).mlp.norm"), "\(name).mlp.up").map {
          $0 / (1 + exp(-1.702 * $0))
        }
        return zip(middle, linear(hidden, "\(name).mlp.down")).map(+)
      }
    }

    /// The cosine with a text, from what enters block `first`.
    func cosine(
      _ x: [[Double]], from first: Int, _ text: [Double], place: Int, step: Double
    ) -> Double {
      var x = block(x, first, place: place, step: step)
      for index in first + 1..<max(blocks, first + 1) { x = block(x, index) }
      let image = linear(norm(x[0], "vision.norm"), "vision.projection")
      let length = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return zip(image, text).reduce(0) { $0 + $1.0 * $1.1 } / length
    }
  }

  @Test(arguments: 0..<3) func isTheGradientInTheClassRow(index: Int) throws {
    let model = try ExplainFixture.model()
    #expect(model.configuration.vision.activation == .quickGELU)
    let plain = Tape(lanes: Lanes(1), isRecording: false)
    let texts = plain.unitRows(
      model.embeddings(ids: try ExplainFixture.ids(), texts: 3, on: plain)
    ).value
    let explainer = ImageExplainer(
      model: model, images: try ExplainFixture.pixels("sq"), texts: texts,
      targets: [.init(image: 0, text: 1)], lanes: Lanes(1))
    var settings = HeatmapSettings(.gradECLIP)
    settings.spatial = .none
    let found = explainer.signedMaps(settings).layers[index][0]
    let stream = model.vision.run(
      model.stream(images: .constant(explainer.images), on: plain), blocks: 0..<index,
      model.parameters, on: plain)
    let entered = (0..<17).map { stream.x.value.rows($0..<$0 + 1).values.map(Double.init) }
    let (tower, text) = (Tower(model), texts.rows(1..<2).values.map(Double.init))
    let step = 1e-4
    for patch in [1, 6, 16] {
      func cosine(_ step: Double) -> Double {
        tower.cosine(entered, from: index, text, place: patch, step: step)
      }
      let slope = (cosine(step) - cosine(-step)) / (2 * step)
      #expect(abs(slope - Double(found[patch - 1])) < 1e-6, "patch \(patch)")
    }
    // Not by both being nothing.
    #expect(found.contains { abs($0) > 1e-4 })
  }
}
