import Compute
import Foundation

/// A decoder of the Llama family written out in double precision, which keeps what others compute
/// in passing: keys, and the weight that each query gives to each key.
struct NaiveDecoder {
  /// For each layer, query head and query the weights of the keys up to it.
  private(set) var attention: [[[[Double]]]] = []
  /// For each layer and key head the turned key of every token.
  private(set) var keys: [[[[Double]]]] = []

  private let c: LlamaConfiguration
  private let weights: [String: [Double]]
  /// Turns pair i of position p by p base^(-2i / E) / scale.
  private let base: Double
  private let scale: Double

  init(
    _ configuration: LlamaConfiguration, _ weights: [String: Tensor], ids: [Int32],
    base: Double? = nil, scale: Double = 1
  ) {
    c = configuration
    self.weights = weights.mapValues { $0.values.map(Double.init) }
    self.base = base ?? configuration.rotaryBase
    self.scale = scale
    let table = self.weights["token_embd.weight"] ?? []
    var x = ids.map { Array(table[Int($0) * c.width..<(Int($0) + 1) * c.width]) }
    for layer in 0..<c.layers { x = block(layer, x) }
  }

  private mutating func block(_ layer: Int, _ x: [[Double]]) -> [[Double]] {
    func product(_ name: String, _ x: [Double]) -> [Double] {
      let w = weights["blk.\(layer).\(name).weight"] ?? []
      return (0..<w.count / x.count).map { row in
        x.indices.reduce(0) { $0 + w[row * x.count + $1] * x[$1] }
      }
    }
    func norm(_ name: String, _ x: [Double]) -> [Double] {
      let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(c.eps)).squareRoot()
      return zip(x, weights["blk.\(layer).\(name).weight"] ?? []).map { $0 / root * $1 }
    }
    let h = x.map { norm("attn_norm", $0) }
    let queries = heads(h.map { product("attn_q", $0) }, isTurned: true)
    let keys = heads(h.map { product("attn_k", $0) }, isTurned: true)
    let values = heads(h.map { product("attn_v", $0) }, isTurned: false)
    let attention = queries.indices.map { head in
      x.indices.map { query in
        softmax(
          (0...query).map { key in
            zip(queries[head][query], keys[head / c.group][key]).reduce(0) { $0 + $1.0 * $1.1 }
              / Double(c.headSize).squareRoot()
          })
      }
    }
    self.keys.append(keys)
    self.attention.append(attention)
    return x.indices.map { token in
      let mixed = queries.indices.flatMap { head in
        (0..<c.headSize).map { e in
          attention[head][token].indices.reduce(0) {
            $0 + attention[head][token][$1] * values[head / c.group][$1][e]
          }
        }
      }
      let y = zip(x[token], product("attn_output", mixed)).map(+)
      let g = norm("ffn_norm", y)
      let gated = zip(product("ffn_gate", g), product("ffn_up", g)).map { $0 / (1 + exp(-$0)) * $1 }
      return zip(y, product("ffn_down", gated)).map(+)
    }
  }

  /// Rows of tokens cut in heads: for each head its part of every token.
  private func heads(_ rows: [[Double]], isTurned: Bool) -> [[[Double]]] {
    (0..<rows[0].count / c.headSize).map { head in
      rows.enumerated().map { position, row in
        let part = Array(row[head * c.headSize..<(head + 1) * c.headSize])
        return isTurned ? turned(part, position) : part
      }
    }
  }

  private func turned(_ x: [Double], _ position: Int) -> [Double] {
    (0..<x.count / 2).flatMap { pair -> [Double] in
      let angle =
        Double(position) * pow(base, -2 * Double(pair) / Double(x.count)) / scale
      let (a, b) = (x[2 * pair], x[2 * pair + 1])
      return [a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle)]
    }
  }

  private func softmax(_ scores: [Double]) -> [Double] {
    let powers = scores.map { exp($0 - (scores.max() ?? 0)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
