import Foundation

/// A model that puts images and texts into one space, where what belongs together lies together.
///
///     S = cos(image embedding, text embedding),   logit = e^s S
///
/// - Source: Radford et al. 2021 (CLIP).
package final class CLIP {
  package let configuration: CLIPConfiguration
  package let parameters: ParameterArena
  private let places: CLIPLayout

  package var vision: CLIPEncoder { places.vision }
  package var text: CLIPEncoder { places.text }
  /// s, `[1]`; starts at ln(1 / 0.07).
  package var logScale: ParameterLayout.Entry { places.logScale }

  /// A model with first values drawn from `seed`; nil leaves zeros, for one about to be read.
  package init(_ configuration: CLIPConfiguration, seed: UInt64?) {
    self.configuration = configuration
    places = CLIPLayout(configuration)
    parameters = ParameterArena(places.parameters, seed: seed)
    if seed != nil { parameters.setValue(Tensor([Float(log(1 / 0.07))]), of: logScale) }
  }

  /// What enters the image tower's first block: squares and class token with positions, normed.
  ///
  /// Other sizes than the model's own take its table of positions resized to their grid.
  ///
  /// - Parameters:
  ///   - images: `[N, H, W, 3]`, normalised; H and W multiples of the patch size.
  ///   - tape: records the ops.
  /// - Returns: `N` sequences of `H W / P^2 + 1` tokens, of which the first is pooled.
  package func stream(images: Variable, on tape: Tape) -> CLIPEncoder.Stream {
    let shape = images.shape
    let size = configuration.patchSize
    precondition(
      shape.rank == 4 && shape[3] == 3 && shape[1] % size == 0 && shape[2] % size == 0,
      "CLIP: images \(shape), expected [N, H, W, 3] in squares of \(size)")
    let grid = (rows: shape[1] / size, columns: shape[2] / size)
    let x = tape.positioned(
      places.patchEmbedding(tape.patches(images, size: size), parameters, tape),
      positions: positions(rows: grid.rows, columns: grid.columns, on: tape),
      classToken: tape.parameter(places.classToken, of: parameters))
    let length = grid.rows * grid.columns + 1
    return CLIPEncoder.Stream(
      x: places.preNorm(x, parameters, tape), batch: .init(sequences: shape[0], length: length),
      pooled: (0..<shape[0]).map { Int32($0 * length) })
  }

  /// The positions of a grid: the table, or the table resized with its class position kept.
  private func positions(rows: Int, columns: Int, on tape: Tape) -> Variable {
    let side = configuration.gridSide
    if rows == side, columns == side {
      return tape.parameter(places.imagePositions, of: parameters)
    }
    let table = parameters.value(of: places.imagePositions)
    let width = table.shape[1]
    let resized = Resampling.positions.resized(
      table.rows(1..<table.shape[0]).reshaped([side, side, width]), rows: rows, columns: columns)
    return .constant(
      Tensor(
        concatenatingRows: [table.rows(0..<1), resized.reshaped([rows * columns, width])],
        rowShape: [width]))
  }

  /// What enters the text tower's first block.
  ///
  /// - Parameters:
  ///   - ids: `texts * length` token ids, text after text, with the end of each text and padding.
  ///   - texts: how many.
  ///   - tape: records the ops.
  /// - Returns: `texts` sequences, of which the token with the largest id is pooled, the first of
  ///   equals: that is where the text ends.
  /// - Precondition: `length` is at most the context, all ids are in the vocabulary.
  package func stream(ids: [Int32], texts: Int, on tape: Tape) -> CLIPEncoder.Stream {
    let length = texts == 0 ? configuration.context : ids.count / texts
    precondition(
      ids.count == texts * length && length >= 1 && length <= configuration.context,
      "CLIP: \(ids.count) ids for \(texts) texts of at most \(configuration.context)")
    let table = tape.parameter(places.textPositions, of: parameters)
    let positions =
      length == configuration.context
      ? table : tape.embedding(table, ids: (0..<length).map(Int32.init))
    let x = tape.positioned(
      tape.embedding(tape.parameter(places.tokenEmbedding, of: parameters), ids: ids),
      positions: positions)
    return CLIPEncoder.Stream(
      x: x, batch: .init(sequences: texts, length: length),
      pooled: (0..<texts).map { text in
        let range = text * length..<(text + 1) * length
        let largest = ids[range].max() ?? 0
        return Int32(range.first { ids[$0] == largest } ?? range.lowerBound)
      })
  }

  /// Embeddings of images, `[N, joint]`, not of length 1.
  package func embeddings(images: Variable, on tape: Tape) -> Variable {
    vision.embeddings(stream(images: images, on: tape), parameters, on: tape)
  }

  /// Embeddings of texts, `[texts, joint]`, not of length 1.
  package func embeddings(ids: [Int32], texts: Int, on tape: Tape) -> Variable {
    text.embeddings(stream(ids: ids, texts: texts, on: tape), parameters, on: tape)
  }

  /// e^s, at most 100.
  package var logitScale: Float { min(100, exp(parameters.value(of: logScale).item)) }
}
