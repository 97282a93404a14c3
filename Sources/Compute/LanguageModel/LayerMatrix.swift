/// The seven matrices of a layer, by their names in GGUF files.
package enum LayerMatrix: String, Sendable, CaseIterable {
  case query = "attn_q"
  case key = "attn_k"
  case value = "attn_v"
  case attentionOutput = "attn_output"
  case gate = "ffn_gate"
  case up = "ffn_up"
  case down = "ffn_down"

  /// `blk.3.attn_q.weight`
  package func name(layer: Int) -> String { "blk.\(layer).\(rawValue).weight" }

  var mayHaveBias: Bool {
    switch self {
    case .query, .key, .value: true
    case .attentionOutput, .gate, .up, .down: false
    }
  }

  package func inputs(of c: LlamaConfiguration) -> Int {
    switch self {
    case .query, .key, .value, .gate, .up: c.width
    case .attentionOutput: c.queryColumns
    case .down: c.hidden
    }
  }

  package func outputs(of c: LlamaConfiguration) -> Int {
    switch self {
    case .query: c.queryColumns
    case .key, .value: c.keyColumns
    case .attentionOutput, .down: c.width
    case .gate, .up: c.hidden
    }
  }
}
