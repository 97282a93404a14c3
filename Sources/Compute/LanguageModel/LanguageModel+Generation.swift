extension LanguageModel {
  /// How a text is continued.
  package struct GenerationSettings: Sendable {
    package var sampling: Sampling
    package var maximumTokens: Int
    /// Tokens that end the text; they are not part of it.
    package var stopIDs: Set<Int32>
    package var seed: UInt64
    /// Number of the text in its stage: texts of one seed draw from different streams.
    package var index: Int
    package var options: ForwardOptions

    /// - Precondition: at least one token.
    package init(
      sampling: Sampling = .greedy, maximumTokens: Int, stopIDs: Set<Int32> = [], seed: UInt64 = 0,
      index: Int = 0, options: ForwardOptions = ForwardOptions()
    ) {
      precondition(maximumTokens >= 1, "generation: \(maximumTokens) tokens")
      self.sampling = sampling
      self.maximumTokens = maximumTokens
      self.stopIDs = stopIDs
      self.seed = seed
      self.index = index
      self.options = options
    }
  }

  /// A continuation.
  package struct Generation: Sendable, Equatable {
    package var ids: [Int32] = []
    /// Largest minus second largest score at every step.
    package var margins: [Float] = []
    /// The stop token that ended it, if one did.
    package var stop: Int32?
  }

  /// Continues a prompt that no cache holds yet.
  ///
  /// - Parameters:
  ///   - prompt: at least one token.
  ///   - settings: see there.
  ///   - lanes: cores to use.
  ///   - onToken: gets every token as it is chosen; false ends the text.
  /// - Returns: the new tokens.
  /// - Throws: `LanguageModelError`.
  package func generate(
    _ prompt: [Int32], _ settings: GenerationSettings, lanes: Lanes,
    onToken: (Int32) -> Bool = { _ in true }
  ) throws -> Generation {
    var cache = KeyValueCache(
      configuration, capacity: prompt.count + settings.maximumTokens)
    var last = Tensor(zeros: [1, configuration.width])
    try prefill(Span(prompt), cache: &cache, options: settings.options, lanes: lanes) { hidden, _ in
      last = hidden.rows(hidden.shape[0] - 1..<hidden.shape[0])
    }
    return try generate(
      after: last, position: prompt.count, cache: &cache, settings, lanes: lanes,
      onToken: onToken)
  }

  /// Continues what a cache holds.
  ///
  /// - Parameters:
  ///   - hidden: `[1, C]`, the last token's row of a pass.
  ///   - position: of the first new token.
  ///   - cache: grows by the new tokens but the last.
  ///   - settings: see there.
  ///   - lanes: cores to use.
  ///   - onToken: gets every token as it is chosen; false ends the text.
  /// - Returns: the new tokens.
  /// - Throws: `LanguageModelError`.
  package func generate(
    after hidden: Tensor, position: Int, cache: inout KeyValueCache,
    _ settings: GenerationSettings, lanes: Lanes, onToken: (Int32) -> Bool = { _ in true }
  ) throws(LanguageModelError) -> Generation {
    try lanes.awake { lanes throws(LanguageModelError) in
      var result = Generation()
      var hidden = hidden
      for step in 0..<settings.maximumTokens {
        let logits = try logits(hidden, form: settings.options.form, lanes: lanes).values
        var random = RandomStream.generator(
          seed: settings.seed, purpose: "generate", settings.index, step)
        let id = settings.sampling.choose(logits, unit: random.unit())
        if settings.stopIDs.contains(id) {
          result.stop = id
          break
        }
        result.ids.append(id)
        result.margins.append(Self.margin(logits))
        guard onToken(id), step + 1 < settings.maximumTokens else { break }
        hidden = try forward(
          Span([id], from: position + step), cache: &cache, options: settings.options,
          lanes: lanes
        ).hidden
      }
      return result
    }
  }

  private static func margin(_ logits: [Float]) -> Float {
    var (first, second) = (-Float.infinity, -Float.infinity)
    for logit in logits {
      // Rarely true, so one comparison a score.
      guard logit > second else { continue }
      (first, second) = logit > first ? (logit, first) : (first, logit)
    }
    return first - second
  }
}
