import Compute
import Foundation
import Testing

/// Inputs large enough for several chunks: every chunk must find its own rows, on any lanes.
struct ChunkingTests {
  /// Rows and columns; with ten columns a chunk has some thousand rows.
  static let sizes = [(4_000, 10), (9_001, 7)]
  /// A few units in the last place of sums of ten numbers of size 1.
  static let tolerance: Float = 2e-6

  private func onAllLanes(_ compute: (Lanes) -> [Tensor]) -> [Tensor] {
    let one = compute(Lanes(1))
    for lanes in [2, 3] { #expect(one == compute(Lanes(lanes))) }
    return one
  }

  @Test(arguments: sizes) func softmaxAndCrossEntropies(rows: Int, columns: Int) {
    let x = sampleTensor([rows, columns], seed: 1)
    let labels = (0..<rows).map { Int32($0 * 3 % columns) }
    let results = onAllLanes {
      [x.softmax(lanes: $0), x.crossEntropies(labels: labels, lanes: $0)]
    }
    let values = x.values.map(Double.init)
    var (probabilities, losses): ([Float], [Float]) = ([], [])
    for row in 0..<rows {
      let powers = values[row * columns..<(row + 1) * columns].map { exp($0) }
      let sum = powers.reduce(0, +)
      probabilities += powers.map { Float($0 / sum) }
      losses.append(Float(log(sum) - values[row * columns + Int(labels[row])]))
    }
    #expect(isClose(results[0], probabilities, tolerance: Self.tolerance))
    #expect(isClose(results[1], losses, tolerance: Self.tolerance))
  }

  @Test(arguments: sizes) func linearBias(rows: Int, columns: Int) {
    let (x, bias) = (sampleTensor([rows, 2], seed: 1), sampleTensor([columns], seed: 2))
    let weight = sampleTensor([2, columns], seed: 3)
    let results = onAllLanes {
      [Tape(lanes: $0).linear(.constant(x), weight: .constant(weight), bias: .constant(bias)).value]
    }
    let (a, w, b) = (x.values, weight.values, bias.values)
    let expected = (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      return a[2 * row] * w[column] + a[2 * row + 1] * w[columns + column] + b[column]
    }
    #expect(isClose(results[0], expected, tolerance: Self.tolerance))
  }

  @Test func poolsOfEightyImages() throws {
    let (shape, pixels, channels): (Shape, Int, Int) = ([80, 8, 8, 16], 64, 16)
    let x = sampleTensor(shape, seed: 1)
    let means = sampleTensor([80, 16], seed: 2)
    let maxima = sampleTensor([80, 4, 4, 16], seed: 3)
    let results = onAllLanes { lanes in
      let (first, second) = (Tape(lanes: lanes), Tape(lanes: lanes))
      let inputs = (first.input(x), second.input(x))
      let mean = first.globalAveragePool(inputs.0)
      first.backward(from: mean, seed: means)
      second.backward(from: second.maxPool3x3(inputs.1), seed: maxima)
      return [mean.value]
        + [first.gradient(of: inputs.0), second.gradient(of: inputs.1)]
        .compactMap { $0 }
    }
    try #require(results.count == 3)
    let values = x.values
    var expectedMeans = [Float](repeating: 0, count: 80 * channels)
    for index in values.indices {
      expectedMeans[index / (pixels * channels) * channels + index % channels] +=
        values[index] / Float(pixels)
    }
    #expect(isClose(results[0], expectedMeans, tolerance: Self.tolerance))
    let spread = means.values
    #expect(
      results[1].values
        == values.indices.map {
          spread[$0 / (pixels * channels) * channels + $0 % channels] / Float(pixels)
        })
    let expected = Self.maxPoolGradient(values, maxima.values, images: 80, size: 8, channels: 16)
    #expect(isClose(results[2], expected, tolerance: Self.tolerance))
  }

  /// Every gradient goes to the first maximum of its window.
  private static func maxPoolGradient(
    _ x: [Float], _ dy: [Float], images: Int, size: Int, channels: Int
  ) -> [Float] {
    let out = (size - 1) / 2 + 1
    var dx = [Float](repeating: 0, count: x.count)
    for (index, gradient) in dy.enumerated() {
      let (c, pixel) = (index % channels, index / channels)
      let (n, i, j) = (pixel / (out * out), pixel / out % out, pixel % out)
      var best: Int?
      for row in max(0, 2 * i - 1)...min(size - 1, 2 * i + 1) {
        for column in max(0, 2 * j - 1)...min(size - 1, 2 * j + 1) {
          let place = ((n * size + row) * size + column) * channels + c
          if best.map({ x[place] > x[$0] }) ?? true { best = place }
        }
      }
      if let best { dx[best] += gradient }
    }
    return dx
  }
}
