import Compute

extension MethodSettings {
  /// Work of reading a sample that shares nothing with others, by formula.
  func predictedFlops(_ sample: LongContextSample, _ model: LlamaConfiguration) -> Double {
    let overhead = sample.prefix.count + sample.question.count
    let count = sample.context.count + overhead
    switch method {
    case .full, .pi, .ntk, .snapkv, .h2o: return model.flops(reading: count)
    case .truncate, .streaming: return model.flops(reading: min(count, window))
    case .lm_infinite:
      return model.flopsPerToken * Double(count)
        + model.attentionFlopsPerKey * Double(count) * Double(min(count, window))
    case .pcw, .ape, .parallelcomp:
      return ChunkPlan.ranges(
        count: sample.context.count,
        usable: usable(prefix: sample.prefix.count, question: sample.question.count),
        overlap: overlap
      ).reduce(0) { $0 + model.flops(reading: $1.count + overhead) }
    }
  }

  /// Tokens in caches at the same time, copies counted: chunks and what is joined from them live
  /// side by side.
  func peakTokens(_ sample: LongContextSample) -> Int {
    let count = sample.prefix.count + sample.context.count + sample.question.count + maximumNew
    switch method {
    case .full, .pi, .ntk: return count
    case .snapkv, .h2o: return count + min(count, budgetTokens(window) + sample.question.count)
    case .truncate, .streaming: return min(count, window)
    case .lm_infinite: return 2 * min(count, window + Self.slidingExtra)
    case .pcw, .ape, .parallelcomp:
      let keepsAll = method != .parallelcomp || select == .all || keep >= count / window + 1
      let kept = keepsAll ? count : min(count, keep * window)
      let copies = compress == .global ? 3 : 2
      return copies * kept + window
    }
  }

  /// First tokens and one piece, beside the window that slides.
  private static let slidingExtra = 16 + 512
}

extension LongContextSample {
  /// How the text goes on where the answer is right.
  var continuation: String {
    answer.isEmpty || task == NeedleTask.kv.rawValue ? answer : " " + answer
  }
}
