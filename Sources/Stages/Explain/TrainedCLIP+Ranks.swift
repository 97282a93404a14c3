import Compute
import Pipeline

/// What tests of a CLIP ask it.
extension TrainedCLIP {
  enum Tower: String { case image, text }

  /// - Throws: ``StageFailure`` where the parameter `layers` names more blocks than a tower has.
  func check(layers: Int, of tower: Tower, zero: String = "all") throws {
    let depth = (tower == .image ? model.vision : model.text).blocks.count
    guard layers <= depth else {
      throw StageFailure(
        at: "parameter layers", "\(layers) blocks of \(depth)",
        why: "the \(tower.rawValue) tower has no more",
        fix: "write at most \(depth), or 0 for \(zero)")
    }
  }

  /// Each phrase in the joint space: the mean over templates, of length 1.
  func classEmbeddings(
    _ phrases: [String], templates: [String] = ["{}"], lanes: Lanes
  ) throws -> Tensor {
    let texts = templates.flatMap { template in
      phrases.map { template.replacing("{}", with: $0) }
    }
    let all = try textEmbeddings(texts, lanes: lanes)
    var sum = all.rows(0..<phrases.count)
    for index in 1..<templates.count {
      sum.add(all.rows(index * phrases.count..<(index + 1) * phrases.count), lanes: lanes)
    }
    return Tape(lanes: lanes, isRecording: false).unitRows(.constant(sum)).value
  }

  /// The rank of each target's phrase for the mean of dense features in its mask; a patch counts
  /// by the share of its pixels inside.
  func regionRanks(_ set: CaptionedImages, lanes: Lanes) throws -> [Int] {
    let classes = try classEmbeddings(set.phrases, lanes: lanes)
    let size = model.configuration.patchSize
    let grid = (rows: set.height / size, columns: set.width / size)
    let joint = model.configuration.joint
    return set.targetsByImage.enumerated().flatMap { image, targets -> [Int] in
      let tape = Tape(lanes: lanes, isRecording: false)
      let pixels = CLIPPixels.normalised(set.images.rows(image..<image + 1))
      let before = model.vision.run(
        model.stream(images: .constant(pixels), on: tape),
        blocks: 0..<model.vision.blocks.count - 1, model.parameters, on: tape)
      let dense = tape.unitRows(
        model.vision.denseEmbeddings(before, model.parameters, on: tape)
      ).value
      return targets.map { target in
        let mask = set.mask(target)
        var sum = Tensor(zeros: [1, joint])
        for patch in 0..<grid.rows * grid.columns {
          let (top, left) = (patch / grid.columns * size, patch % grid.columns * size)
          let inside = (0..<size * size).count {
            mask[(top + $0 / size) * set.width + left + $0 % size]
          }
          if inside > 0 {
            sum.add(dense.rows(patch + 1..<patch + 2), times: Float(inside), lanes: lanes)
          }
        }
        let scores = tape.unitRows(.constant(sum)).value.matrixProduct(
          classes, transposed: .right, lanes: lanes)
        return rank(of: set.phraseIndices[target], in: scores.values)
      }
    }
  }
}
