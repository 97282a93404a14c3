import Compute
import Pipeline

/// Tokens of a text, and of what stands before and behind it.
struct ReadingSize {
  let prefix: Int
  let context: Int
  let question: Int

  var total: Int { prefix + context + question }
}

extension LongContextSample {
  var size: ReadingSize {
    ReadingSize(prefix: prefix.count, context: context.count, question: question.count)
  }

  /// How the text goes on where the answer is right.
  var continuation: String {
    answer.isEmpty || task == NeedleTask.kv.rawValue ? answer : " " + answer
  }
}

extension MethodSettings {
  /// Work of reading a text that shares nothing with others, by formula.
  func predictedFlops(_ size: ReadingSize, _ model: LlamaConfiguration) -> Double {
    let count = size.total
    switch method {
    case .full, .pi, .ntk, .snapkv, .h2o: return model.flops(reading: count)
    case .truncate, .streaming: return model.flops(reading: min(count, window))
    case .lm_infinite:
      return model.flopsPerToken * Double(count)
        + model.attentionFlopsPerKey * Double(count) * Double(min(count, window))
    case .pcw, .ape, .parallelcomp:
      let overhead = size.prefix + size.question
      // Too small a window is refused elsewhere.
      let usable = max(overlap + 1, usable(prefix: size.prefix, question: size.question))
      return ChunkPlan.ranges(
        count: size.context, usable: usable, overlap: overlap
      ).reduce(0) { $0 + model.flops(reading: $1.count + overhead) }
    }
  }

  /// Tokens in caches at the same time, copies counted: chunks and what is joined from them live
  /// side by side.
  func peakTokens(_ size: ReadingSize) -> Int {
    let count = size.total + maximumNew
    switch method {
    case .full, .pi, .ntk: return count
    case .snapkv, .h2o: return count + min(count, budgetTokens(window) + size.question)
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

  /// What reading texts with a model of the asset's size costs.
  ///
  /// - Parameters:
  ///   - length: of the longest text, tokens.
  ///   - texts: how many are read.
  ///   - question: tokens behind each.
  /// - Returns: seconds at ``flopsPerSecond``, and bytes of the model and of caches.
  func estimate(length: Int, texts: Int, question: Int) -> Estimate {
    let size = ReadingSize(prefix: 0, context: max(1, length - question), question: question)
    let model = LlamaConfiguration.smollm2
    return Estimate(
      cpuSeconds: 5 + predictedFlops(size, model) * Double(texts) / Self.flopsPerSecond,
      memoryBytes: LanguageArtifact.memoryBytes + peakTokens(size) * model.cacheBytesPerToken)
  }

  /// What two cores reach at least.
  static let flopsPerSecond = 80e9
}

extension LlamaConfiguration {
  /// SmolLM2-135M: estimates, which are made before a model is read, take its sizes.
  fileprivate static let smollm2 = LlamaConfiguration(
    vocabulary: 49_152, layers: 30, width: 576, heads: 9, keyHeads: 3, hidden: 1536,
    contextLength: 8192, rotaryBase: 100_000)
}
