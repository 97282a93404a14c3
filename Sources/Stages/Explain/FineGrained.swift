import Compute

/// Fine-tuning of a CLIP on regions that its own heat maps find.
///
///     F_r,t = sum_i H_t,i F_d,i,   H the map of phrase t, cut at 0, of sum 1,   F_d dense features
///     w_t = max_i of the map before it is scaled, over its mean in the batch
///
/// - Source: SFF-CLIP; see docs/grad-eclip.md for what is ours.
struct FineGrained {
  /// Phrases of an image at most.
  static let phraseLimit = 5

  let set: CaptionedImages
  let pairs: Pairs
  let encoding: TextEncoding
  /// Weight of the loss of regions beside the contrastive one.
  let lambda: Double
  let settings: HeatmapSettings
  let usesWeights: Bool
  let targetsByImage: [[Int]]

  /// The whole loss of a batch.
  ///
  /// - Parameters:
  ///   - model: trained.
  ///   - indices: images of the batch.
  ///   - tape: records the ops.
  ///   - weights: of the pairs in the contrastive part.
  /// - Returns: a scalar.
  func loss(
    _ model: CLIP, _ indices: [Int], _ tape: Tape, weights: (image: [Float], text: [Float])?
  ) -> Variable {
    let pixels = pairs.pixels(indices)
    let last = model.vision.blocks.count - 1
    let stream = model.vision.run(
      model.stream(images: .constant(pixels), on: tape), blocks: 0..<last, model.parameters,
      on: tape)
    let contrast = tape.contrastiveLoss(
      image: tape.unitRows(
        model.vision.embeddings(stream, after: last, model.parameters, on: tape)),
      text: tape.unitRows(
        model.embeddings(ids: pairs.ids(indices), texts: indices.count, on: tape)),
      logScale: tape.parameter(model.logScale, of: model.parameters), weights: weights)
    let regions = regions(of: indices)
    guard lambda > 0, !regions.isEmpty else { return contrast }
    return tape.add(
      regionLoss(model, pixels, stream, regions, tape), to: contrast)
  }

  private struct Region {
    let image: Int
    let phrase: String
  }

  private func regions(of indices: [Int]) -> [Region] {
    indices.enumerated().flatMap { place, image in
      targetsByImage[image].prefix(Self.phraseLimit).map {
        Region(image: place, phrase: set.targets[$0].phrase)
      }
    }
  }

  private func regionLoss(
    _ model: CLIP, _ pixels: Tensor, _ stream: CLIPEncoder.Stream, _ regions: [Region],
    _ tape: Tape
  ) -> Variable {
    let phrases = Array(Set(regions.map(\.phrase))).sorted()
    let places = Dictionary(uniqueKeysWithValues: phrases.enumerated().map { ($1, $0) })
    let own = regions.map { places[$0.phrase] ?? 0 }
    let ids = phraseIDs(phrases)
    let texts = tape.unitRows(model.embeddings(ids: ids, texts: phrases.count, on: tape))
    let maps = ImageExplainer(
      model: model, images: pixels, texts: texts.value,
      targets: regions.indices.map { .init(image: regions[$0].image, text: own[$0]) },
      lanes: tape.lanes
    ).maps(settings).values
    let (shares, strengths) = shares(maps, of: regions, length: stream.batch.length, stream)
    let dense = model.vision.denseEmbeddings(stream, model.parameters, on: tape)
    let found = tape.unitRows(tape.linear(.constant(shares), weight: dense))
    let similarities = tape.linear(found, weight: tape.transposed(texts))
    var multiplicity = [Float](repeating: 0, count: phrases.count)
    for phrase in own { multiplicity[phrase] += 1 }
    let mean = strengths.reduce(0, +) / Float(strengths.count)
    let weights = strengths.map {
      Float(lambda) * (usesWeights && mean > 0 ? $0 / mean : 1)
    }
    return tape.regionPhraseLoss(
      similarities, own: own, multiplicity: multiplicity, weights: weights)
  }

  /// The vocabulary was checked when the captions were read: phrases are made of their words.
  private func phraseIDs(_ phrases: [String]) -> [Int32] {
    let texts = phrases.compactMap { try? encoding.encoded($0).ids }
    let length = texts.map(\.count).max() ?? 0
    return texts.flatMap { $0 + [Int32](repeating: 0, count: length - $0.count) }
  }

  /// Each map as a row over all tokens of the batch, of sum 1, and its largest value.
  private func shares(
    _ maps: Tensor, of regions: [Region], length: Int, _ stream: CLIPEncoder.Stream
  ) -> (shares: Tensor, strengths: [Float]) {
    let columns = stream.batch.sequences * length
    var shares = Tensor(zeros: [regions.count, columns])
    var strengths: [Float] = []
    for (row, region) in regions.enumerated() {
      let map = maps.rows(row..<row + 1).values.map { max(0, $0) }
      let sum = map.reduce(0, +)
      strengths.append(map.max() ?? 0)
      guard sum > 0 else { continue }
      shares.withUnsafeMutableFloats { y in
        for (patch, value) in map.enumerated() {
          y[row * columns + region.image * length + 1 + patch] = value / sum
        }
      }
    }
    return (shares, strengths)
  }
}

/// A slow copy of a model that says how much to trust each pair.
struct MomentumCopy {
  static let step: Float = 0.005
  static let trust: Float = 0.4

  let copy: CLIP

  init(of model: CLIP) {
    copy = CLIP(model.configuration, seed: nil)
    copy.parameters.values = model.parameters.values
  }

  /// `copy <- (1 - step) copy + step model`.
  func follow(_ model: CLIP, lanes: Lanes) {
    copy.parameters.values.scale(by: 1 - Self.step, lanes: lanes)
    copy.parameters.values.add(model.parameters.values, times: Self.step, lanes: lanes)
  }

  /// `w = trust p + 1 - trust`, p what the copy's softmax gives the true pair of a batch.
  func weights(
    _ pairs: Pairs, _ indices: [Int], lanes: Lanes
  ) -> (image: [Float], text: [Float]) {
    let tape = Tape(lanes: lanes, isRecording: false)
    let images = tape.unitRows(
      copy.embeddings(images: .constant(pairs.pixels(indices)), on: tape)
    ).value
    let texts = tape.unitRows(
      copy.embeddings(ids: pairs.ids(indices), texts: indices.count, on: tape)
    ).value
    func weights(_ a: Tensor, _ b: Tensor) -> [Float] {
      var logits = a.matrixProduct(b, transposed: .right, lanes: lanes)
      logits.scale(by: copy.logitScale, lanes: lanes)
      let shares = logits.softmax(lanes: lanes).values
      return indices.indices.map {
        Self.trust * shares[$0 * indices.count + $0] + 1 - Self.trust
      }
    }
    return (weights(images, texts), weights(texts, images))
  }
}
