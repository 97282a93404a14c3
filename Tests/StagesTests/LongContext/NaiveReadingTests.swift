import Compute
import Foundation
import Stages
import Testing

/// What methods look at and keep, against a decoder written out naively.
struct NaiveReadingTests {
  /// Float32 against double sums over two layers; keys are of size 1.
  static let tolerance = 1e-4

  private let bench = LongContextReaderTests()

  private func isClose(_ a: Tensor, _ b: [[Double]]) -> Bool {
    a.shape[0] == b.count
      && zip(a.values, b.joined()).allSatisfy { abs(Double($0) - $1) < Self.tolerance }
  }

  private func read(
    _ settings: MethodSettings, _ sample: LongContextSample
  ) throws -> ContextReading {
    var reader = LongContextReader(
      model: try bench.model(), settings: settings, lanes: Lanes(2))
    reader.looks = true
    return try reader.read(sample)
  }

  private func naive(
    _ sample: LongContextSample, base: Double? = nil, scale: Double = 1
  ) -> NaiveDecoder {
    NaiveDecoder(
      LongContextReaderTests.configuration, LongContextReaderTests.weights(),
      ids: sample.prefix + sample.context + sample.question, base: base, scale: scale)
  }

  /// Weights of the keys of a text, summed over queries and over the query heads of a key head.
  private func sums(_ heads: [[[Double]]], queries: Range<Int>, keys: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: keys)
    for weights in heads.flatMap({ $0[queries] }) {
      for (key, weight) in weights.prefix(keys).enumerated() { sums[key] += weight }
    }
    return sums
  }

  /// Places of the largest numbers, earlier ones first among equals.
  private func largest(_ numbers: ArraySlice<Double>, count: Int) -> [Int] {
    Array(numbers.indices.sorted { (-numbers[$0], $0) < (-numbers[$1], $1) }.prefix(count))
  }

  /// 103 tokens of text, 30 kept: the 15 most recent and the 15 of largest sums over all queries
  /// among the others.
  @Test func heavyHitters() throws {
    let sample = bench.sample(100)
    let reading = try read(bench.settings(.h2o) { $0.budget = 30 }, sample)
    let naive = naive(sample)
    for layer in 0..<2 {
      for head in 0..<2 {
        let group = Array(naive.attention[layer][2 * head..<2 * head + 2])
        let sums = sums(group, queries: 0..<108, keys: 103)
        let kept = largest(sums[..<88], count: 15).sorted() + Array(88..<108)
        #expect(
          isClose(
            reading.cache.keys(layer: layer, head: head),
            kept.map { naive.keys[layer][head][$0] }))
      }
    }
  }

  /// The 30 of largest sums over the five question tokens, after the maximum of three neighbours.
  @Test func lookedAtByTheQuestion() throws {
    let sample = bench.sample(100)
    let reading = try read(bench.settings(.snapkv) { $0.budget = 30 }, sample)
    let naive = naive(sample)
    for layer in 0..<2 {
      for head in 0..<2 {
        let group = Array(naive.attention[layer][2 * head..<2 * head + 2])
        let sums = sums(group, queries: 103..<108, keys: 103)
        let pooled = sums.indices.map { place in
          sums[max(0, place - 1)...min(102, place + 1)].max() ?? 0
        }
        let kept = largest(pooled[...], count: 30).sorted() + Array(103..<108)
        #expect(
          isClose(
            reading.cache.keys(layer: layer, head: head),
            kept.map { naive.keys[layer][head][$0] }))
      }
    }
  }

  /// Beyond 128 trained tokens: N / 128 divides positions, or (N / 128)^(16 / 14) multiplies the
  /// base; N counts text, question and answer.
  @Test func stretchedAngles() throws {
    let sample = bench.sample(300)
    let factor = 312.0 / 128
    let base = LongContextReaderTests.configuration.rotaryBase
    for (method, naive) in [
      (LongContextMethod.pi, naive(sample, scale: factor)),
      (.ntk, naive(sample, base: base * pow(factor, 16.0 / 14))),
    ] {
      let reading = try read(bench.settings(method), sample)
      for layer in 0..<2 {
        #expect(isClose(reading.cache.keys(layer: layer, head: 1), naive.keys[layer][1]))
      }
    }
  }

  /// One chunk of 43 tokens before five of the question, regions of three tokens (window 120).
  @Test func sharesOfRegions() throws {
    let sample = bench.sample(40)
    let settings = bench.settings(.parallelcomp, window: 120)
    let look = AttentionLook(try read(settings, sample), window: 120)
    let last: [[Double]] = naive(sample).attention.map { heads in
      (0..<48).map { key in heads.reduce(0.0) { $0 + $1[47][key] / 4 } }
    }
    for (layer, weights) in zip(look.layers, last) {
      for (region, keys) in [(ChunkRegion.sink, 0..<3), (.middle, 3..<40), (.recency, 40..<43)] {
        let share = weights[keys].reduce(0, +)
        #expect(abs((layer.shares[region] ?? 0) - share) < Self.tolerance)
        #expect(layer.held[region] == 2 * keys.count)
      }
      #expect(abs(layer.question - weights[43...].reduce(0, +)) < Self.tolerance)
    }
    var quarters = [Double](repeating: 0, count: 4)
    for key in 0..<43 { quarters[key * 4 / 43] += (last[0][key] + last[1][key]) / 2 }
    #expect(zip(look.curve(bins: 4), quarters).allSatisfy { abs($0 - $1) < Self.tolerance })
  }
}
