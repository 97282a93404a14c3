/// How a model trained on short texts reads a long one.
package enum LongContextMethod: String, CaseIterable, Sendable {
  /// All tokens at their own positions.
  case full
  /// The first and last half of a window.
  case truncate
  /// All tokens, positions divided so that the last lies inside the trained context.
  case pi
  /// All tokens, a larger rotary base.
  case ntk
  /// The first four tokens and the last ones of a window, at their places in the cache.
  case streaming
  /// Piece after piece; each sees the first 16 tokens and the last ones of a window, and distances
  /// end at the trained context.
  case lm_infinite
  /// All tokens (as `ntk` beyond the trained context), then each head keeps what the end of the
  /// question looks at.
  case snapkv
  /// The same with what all tokens look at, and the most recent ones.
  case h2o
  /// Chunks at the same positions, all kept.
  case pcw
  /// The same with sharper attention to the chunks, which then weigh less.
  case ape
  /// Chunks at the same positions; those that make the question most likely are kept, thinned and
  /// calibrated as asked.
  case parallelcomp

  /// Whether every token is read with all before it, so that work grows with the square of a text.
  package var seesAll: Bool {
    switch self {
    case .full, .pi, .ntk, .snapkv, .h2o: true
    case .truncate, .streaming, .lm_infinite, .pcw, .ape, .parallelcomp: false
    }
  }

  package var isChunked: Bool { self == .pcw || self == .ape || self == .parallelcomp }
}

/// Where cached tokens are thinned.
package enum KeyEviction: String, CaseIterable, Sendable {
  case off
  /// In every chunk, by the question behind it.
  case parallel
  /// Once in the joined cache.
  case global
}

/// Where long texts are cut in chunks.
package enum ChunkAlignment: String, CaseIterable, Sendable {
  /// In nearly equal parts.
  case off
  /// At the end of a paragraph, where one ends shortly before.
  case paragraph
}

/// Everything about a method that a specification chooses.
package struct MethodSettings: Sendable {
  package var method = LongContextMethod.parallelcomp
  /// Tokens that are attended to at once, instruction and question included.
  package var window = 2048
  /// Chunks to keep.
  package var keep = 1
  package var select = ChunkSelection.lowest_nll
  /// Up to 1: share of a chunk's tokens that a head keeps; else tokens.
  package var budget = 0.5
  package var observedQueries = 8
  package var pool = 7
  package var compress = KeyEviction.off
  package var calibration: [CalibrationRule] = []
  package var threshold = 0.1
  /// Question tokens, from the last, whose loss ranks chunks; 0: all.
  package var scoredTokens = 0
  package var overlap = 0
  /// Where cuts move to; nil: they stay.
  package var blankLines: BlankLines?
  package var dropsRepeatedPrefix = true
  package var temperature = 0.8
  package var scale = 0.8
  /// Tokens of an answer.
  package var maximumNew = 12
  package var seed = 0

  package init() {}

  /// Tokens of `length`, which come from some chunks, that a head keeps.
  package func budgetTokens(_ length: Int, chunks: Int = 1) -> Int {
    min(length, budget <= 1 ? Int((budget * Double(length)).rounded(.up)) : Int(budget) * chunks)
  }

  /// Tokens of text that fit in the window beside instruction, question and answer.
  package func usable(prefix: Int, question: Int) -> Int { window - prefix - question - maximumNew }

  /// The chunks of a sample's text.
  package func chunks(of sample: LongContextSample) -> [Range<Int>] {
    let usable = usable(prefix: sample.prefix.count, question: sample.question.count)
    return blankLines.map {
      ChunkPlan.aligned(sample.context, usable: usable, overlap: overlap, blankLines: $0)
    } ?? ChunkPlan.ranges(count: sample.context.count, usable: usable, overlap: overlap)
  }
}
