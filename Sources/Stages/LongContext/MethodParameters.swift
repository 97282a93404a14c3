import Compute
import Pipeline

/// The parameters of a method, shared by the stages that run one.
struct MethodParameters {
  private(set) var settings = MethodSettings()
  private let calibrate: [String]
  private let alignment: ChunkAlignment
  private let memoryGigabytes: Double
  private let maximumMinutes: Double

  /// Chunks that stand for all of them.
  private static let everyChunk = 0
  private static let recipe = "recipe"
  /// Answer tokens that follow from the answer.
  private static let asTheAnswer = 0
  /// Least tokens of text that a window leaves.
  private static let leastText = 32

  var method: LongContextMethod { settings.method }

  init(_ p: inout ParameterReader) {
    settings.readSelection(&p)
    settings.readEviction(&p)
    calibrate = p.strings(
      "calibrate", default: [],
      help: "attention outliers to evict: recipe, or REGION:FIRST-LAST with a region of sink, "
        + "middle, recency and layers from 1")
    settings.threshold = p.double(
      "lambda", default: 0.1, in: .open(0, 1), help: "weight above which a token is an outlier")
    settings.scoredTokens = p.int(
      "score_tokens", default: 0, in: 0...256, unit: "tokens",
      help: "of the question, from its end, whose loss ranks chunks; 0: all")
    settings.overlap = p.int(
      "overlap", default: 0, in: 0...64, unit: "tokens", help: "repeated at chunk borders")
    alignment = p.choice(
      "align", default: .off,
      help: "paragraph: cuts move back to a blank line within 64 tokens (chunked methods)")
    settings.dropsRepeatedPrefix = p.bool(
      "dedup_prefix", default: true, help: "whether only the first kept chunk brings instructions")
    settings.readSharpness(&p)
    settings.maximumNew = p.int(
      "max_new", default: Self.asTheAnswer, in: 0...512, unit: "tokens",
      help: "of an answer; 0: as many as the right one takes, and four more")
    settings.seed = p.int("seed", default: 0, in: 0...Int.max, help: "of random selection")
    memoryGigabytes = p.double(
      "max_memory", default: 8, in: .closed(0.5, 4096), unit: "GB", affectsResult: false,
      help: "refuse work whose caches, copies counted, would be larger")
    maximumMinutes = p.double(
      "max_minutes", default: 60, in: .closed(0.1, 1e6), unit: "minutes", affectsResult: false,
      help: "refuse work that is predicted to take longer, at 80 GFLOP/s")
    if settings.keep == Self.everyChunk { settings.keep = .max }
    refuseContradictions(&p)
  }

  private func refuseContradictions(_ p: inout ParameterReader) {
    if settings.pool % 2 == 0 {
      p.refuse(
        ParameterProblem(
          parameter: "pool", what: "pool \(settings.pool) is even",
          why: "the maximum is taken over as many tokens before as behind",
          fix: "write pool: \(settings.pool + 1)"))
    }
    if settings.budget > 1, settings.budget < 16 || settings.budget > Double(settings.window) {
      p.refuse(
        ParameterProblem(
          parameter: "budget",
          what: "budget \(Value.double(settings.budget).plainText) is neither a share nor a count",
          why: "up to 1 it is a share, else tokens from 16 to the window of \(settings.window)",
          fix: "write budget: 0.5"))
    }
    let isCompressed = settings.compress != .off
    for (name, isSet) in [("compress", isCompressed), ("calibrate", !calibrate.isEmpty)]
    where isSet && settings.method != .parallelcomp {
      p.refuse(
        ParameterProblem(
          parameter: name, what: "\(name) is set for the method \(settings.method)",
          why: "only parallelcomp evicts keys of chunks", fix: "write method: parallelcomp"))
    }
    for (index, text) in calibrate.enumerated()
    where text != Self.recipe && CalibrationRule(text) == nil {
      p.refuse(
        ParameterProblem(
          parameter: "calibrate", index: index, what: "'\(text)' is no calibration rule",
          why: "expected recipe, or a region (sink, middle, recency) and layers, as sink:24-30",
          fix: "write calibrate: [recipe]"))
    }
  }

  /// What a stage is expected to cost whose texts come as a data set: not known before it runs.
  func estimate(texts: Int = 20, times readings: Int = 1) -> Estimate {
    settings.estimate(length: 16_384, texts: texts * readings, question: 16)
  }

  /// The settings for a model and what it will read; all of it is checked before any work.
  ///
  /// - Parameters:
  ///   - source: the model.
  ///   - samples: every text that will be read.
  ///   - readings: how often each is read.
  /// - Returns: what the reader needs.
  /// - Throws: ``StageFailure`` for layers that the model does not have, a window that is beyond
  ///   its context or leaves no text, too short answers, too large caches, too much work.
  func settings(
    for source: LongContextModel, reading samples: [LongContextSample], times readings: Int = 1
  ) throws -> MethodSettings {
    let model = source.model.configuration
    var settings = try calibrated(window: model.contextLength, layers: model.layers)
    let needed =
      samples.map { source.tokenizer.encode($0.continuation).ids.count }.max() ?? 0
    if alignment == .paragraph { settings.blankLines = BlankLines(source.tokenizer) }
    if settings.maximumNew == Self.asTheAnswer {
      settings.maximumNew = needed + 4
    } else if settings.maximumNew < needed {
      throw StageFailure(
        at: "parameter max_new", "\(settings.maximumNew) tokens for answers of \(needed)",
        why: "no answer could be right", fix: "write max_new: \(needed + 4)")
    }
    for sample in samples { try check(sample, settings, model) }
    let work = samples.reduce(0) { $0 + settings.predictedFlops($1.size, model) } * Double(readings)
    let minutes = work / MethodSettings.flopsPerSecond / 60
    guard minutes <= maximumMinutes else {
      throw StageFailure(
        at: "parameter max_minutes",
        "\(settings.method.rawValue) on \(samples.count) samples is predicted to take "
          + "\(Int(minutes.rounded(.up))) minutes",
        why: "the limit is \(Value.double(maximumMinutes).plainText) minutes at 80 GFLOP/s",
        fix: "raise max_minutes, or take fewer or shorter samples")
    }
    return settings
  }

  private func calibrated(window limit: Int, layers: Int) throws -> MethodSettings {
    var settings = settings
    guard settings.window <= limit else {
      throw StageFailure(
        at: "parameter window",
        "window \(settings.window) is longer than the model's context of \(limit)",
        why: "positions beyond it were never trained",
        fix: "write window: \(limit), or less")
    }
    settings.calibration = calibrate.flatMap { text in
      text == Self.recipe
        ? CalibrationRule.recipe(layers: layers) : [CalibrationRule(text)].compactMap { $0 }
    }
    for rule in settings.calibration where rule.layers.upperBound > layers {
      throw StageFailure(
        at: "parameter calibrate",
        "\(rule.region):\(rule.layers.lowerBound)-\(rule.layers.upperBound) names layers that the "
          + "model does not have", why: "it has 1...\(layers)",
        fix: "end at layer \(layers)")
    }
    return settings
  }

  /// Refuses a sample that cannot be read: no room for text, a question too long, too large caches.
  private func check(
    _ sample: LongContextSample, _ settings: MethodSettings, _ model: LlamaConfiguration
  ) throws {
    guard sample.question.count <= settings.window / 2 else {
      throw StageFailure(
        at: "sample \(sample.id)",
        "the question takes \(sample.question.count) tokens of a window of \(settings.window)",
        why: "at least half of the window must be left for text",
        fix: "write a larger window, or ask a shorter question")
    }
    let usable = settings.usable(prefix: sample.prefix.count, question: sample.question.count)
    let aside = settings.overlap + (alignment == .paragraph ? ChunkPlan.alignmentReach : 0)
    guard usable >= aside + Self.leastText else {
      throw StageFailure(
        at: "parameter window",
        "a window of \(settings.window) leaves \(max(0, usable)) tokens for text",
        why: "\(sample.prefix.count) of instruction, \(sample.question.count) of question and "
          + "\(settings.maximumNew) of answer stand beside it, and \(aside) of overlap "
          + "and alignment and \(Self.leastText) more are needed",
        fix: "write a larger window, or a smaller max_new")
    }
    let gigabytes = Double(settings.peakTokens(sample.size) * model.cacheBytesPerToken) / 1e9
    guard gigabytes <= memoryGigabytes else {
      throw StageFailure(
        at: "parameter max_memory",
        "\(settings.method.rawValue) on \(sample.context.count) tokens needs caches of about "
          + "\(Value.double((gigabytes * 10).rounded() / 10).plainText) GB",
        why: "the limit is \(Value.double(memoryGigabytes).plainText) GB",
        fix: "raise max_memory, or take shorter texts")
    }
  }
}

extension MethodSettings {
  /// What is read how, and which chunks are kept.
  fileprivate mutating func readSelection(_ p: inout ParameterReader) {
    method = p.choice(
      "method", default: .parallelcomp, help: "how the long text is read")
    window = p.int(
      "window", default: 2048, in: 256...8192, unit: "tokens",
      help: "attended to at once: instruction, text, question and answer")
    keep = p.int(
      "keep", default: 1, in: 0...64, unit: "chunks", help: "kept for the answer; 0: all")
    select = p.choice(
      "select", default: .lowest_nll, help: "which chunks are kept (parallelcomp)")
  }

  /// Which keys of what is kept stay.
  fileprivate mutating func readEviction(_ p: inout ParameterReader) {
    budget = p.double(
      "budget", default: 0.5, in: .closed(0.01, 8192),
      help: "what a head keeps: up to 1 a share of the chunk (of the window for snapkv, h2o), "
        + "from 16 tokens")
    observedQueries = p.int(
      "obs_queries", default: 8, in: 1...256, unit: "tokens",
      help: "of the question, from its end, whose attention scores keys")
    pool = p.int(
      "pool", default: 7, in: 1...63, unit: "tokens", help: "width of max pooling of scores, odd")
    compress = p.choice(
      "compress", default: .off, help: "where keys are evicted (parallelcomp)")
  }

  /// How sharply joined chunks are attended to.
  fileprivate mutating func readSharpness(_ p: inout ParameterReader) {
    temperature = p.double(
      "temperature", default: 0.8, in: .closed(0.1, 2), help: "of attention to chunks (ape)")
    scale = p.double(
      "scale", default: 0.8, in: .closed(0, 2), help: "of the chunks' log-sum-exp (ape)")
  }
}
