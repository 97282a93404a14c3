import Compute
import Foundation

/// Floors, and methods that draw.
extension ImageExplainer {
  /// Uniform noise a patch.
  func sampled(_ seed: UInt64) -> Maps {
    maps(
      targets.indices.map { n in
        var random = RandomStream.generator(seed: seed, purpose: "random heat map", offset + n)
        return (0..<patches).map { _ in Float(random.unit()) }
      })
  }

  /// A bell in the middle, with a deviation of a quarter of each side.
  func centred() -> Maps {
    let bell = (0..<patches).map { i -> Float in
      let y = (Double(i / columns) + 0.5) / Double(rows) - 0.5
      let x = (Double(i % columns) + 0.5) / Double(columns) - 0.5
      return Float(exp(-(x * x + y * y) / (2 * 0.25 * 0.25)))
    }
    return maps(targets.map { _ in bell })
  }

  /// RISE: the mean of random masks, weighted by the cosine of the masked image.
  ///
  /// 2,000 masks of an 8 x 8 grid, each cell open with probability 1/2, enlarged bilinearly and
  /// shifted at random; all targets share them. Map = mean(score mask) / 0.5.
  ///
  /// - Source: Petsiuk et al. 2018.
  package func masked(_ seed: UInt64, masks count: Int = 2_000) -> Maps {
    let (height, width) = (images.shape[1], images.shape[2])
    var sums = targets.map { _ in [Float](repeating: 0, count: patches) }
    let texts = targetTexts
    for index in 0..<count {
      if isCancelled() { break }
      let mask = Self.riseMask(seed: seed, index: index, height: height, width: width)
      var hidden = images
      hidden.withUnsafeMutableFloats { x in
        mask.withUnsafeFloats { m in
          for i in 0..<images.count { x[i] *= m[i / 3 % (height * width)] }
        }
      }
      let embeddings = plain.unitRows(
        model.embeddings(images: .constant(hidden), on: plain)
      ).value
      let shares = pooled(mask)
      for (n, target) in targets.enumerated() {
        let score = dot(
          embeddings.rows(target.image..<target.image + 1), texts.rows(n..<n + 1))
        for i in 0..<patches { sums[n][i] += score * shares[i] / (0.5 * Float(count)) }
      }
    }
    return maps(sums)
  }

  /// A mask `[H, W, 1]` of values from 0 to 1.
  package static func riseMask(seed: UInt64, index: Int, height: Int, width: Int) -> Tensor {
    var random = RandomStream.generator(seed: seed, purpose: "rise mask", index)
    // One cell more than the grid: the shift moves by up to one cell.
    let cells = Tensor(
      (0..<81).map { _ in random.unit() < 0.5 ? 1 : 0 }, shape: [9, 9, 1])
    let (cellHeight, cellWidth) = ((height + 7) / 8, (width + 7) / 8)
    let large = Resampling.maps.resized(cells, rows: 9 * cellHeight, columns: 9 * cellWidth)
    let (top, left) = (random.index(below: cellHeight), random.index(below: cellWidth))
    return Tensor([height, width, 1]) { y in
      large.withUnsafeFloats { x in
        for row in 0..<height {
          (y + row * width).update(
            from: x + (row + top) * 9 * cellWidth + left, count: width)
        }
      }
    }
  }

  /// Means of `[H, W, 1]` over patches.
  private func pooled(_ mask: Tensor) -> [Float] {
    let (size, width) = (model.configuration.patchSize, images.shape[2])
    return mask.withUnsafeFloats { m in
      (0..<patches).map { i in
        var sum: Float = 0
        for y in 0..<size {
          for x in 0..<size { sum += m[(i / columns * size + y) * width + i % columns * size + x] }
        }
        return sum / Float(size * size)
      }
    }
  }

  /// M2IB: how much of each patch's features must pass for the text still to match.
  ///
  ///     t = lambda x + (1 - lambda) eps,   lambda = sigmoid(alpha),   alpha from 5
  ///     loss = 0.1 mean KL - mean cos,   KL = -(1 + ln var - mu^2 - var) / 2,
  ///     mu = lambda x,   var = (1 - lambda)^2
  ///
  /// 10 Adam steps of rate 1 on alpha, 10 copies of noise, behind the block at three quarters of
  /// the depth (block 9 of 12). The map is the KL, summed over channels.
  ///
  /// - Source: Wang et al. 2023.
  func bottleneck(_ seed: UInt64) -> Maps {
    let first = depth * 3 / 4 + 1 > depth - 1 ? depth - 1 : depth * 3 / 4 + 1
    let stream = stream(before: first)
    let texts = targetTexts
    let length = patches + 1
    return maps(
      targets.indices.map { n in
        let rows = stream.x.value.rows(n * length..<(n + 1) * length)
        var bottleneck = Bottleneck(features: rows, seed: seed, index: offset + n)
        for step in 0..<Bottleneck.steps where !isCancelled() {
          let gradient = gradient(
            of: bottleneck.noisy(step: step), before: first, text: texts.rows(n..<n + 1))
          bottleneck.step(gradient)
        }
        return Array(bottleneck.information().dropFirst())
      })
  }

  /// The gradient of the mean cosine in features that enter block `first`, `[copies S, C]`.
  private func gradient(of features: Tensor, before first: Int, text: Tensor) -> Tensor {
    let tape = Tape(lanes: lanes, recordsParameters: false)
    let copies = features.shape[0] / (patches + 1)
    let x = tape.input(features)
    let stream = CLIPEncoder.Stream(
      x: x, batch: .init(sequences: copies, length: patches + 1),
      pooled: (0..<copies).map { Int32($0 * (patches + 1)) })
    let unit = tape.unitRows(
      encoder.embeddings(stream, after: first, model.parameters, on: tape))
    let seed = Tensor(
      concatenatingRows: [Tensor](repeating: text, count: copies), rowShape: [text.count])
    tape.backward(from: unit, seed: seed)
    return tape.gradient(of: x) ?? Tensor(zeros: features.shape)
  }
}
