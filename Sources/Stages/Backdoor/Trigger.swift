import Compute

/// A trigger: its settings and the data drawn from them once, the same for training and test.
package struct Trigger: Sendable, Equatable {
  package let settings: TriggerSettings
  /// The key image p, `[3, H, W]` (`patch`: the sticker's colours); empty for the families
  /// without one.
  package let pattern: ByteTensor
  /// Where the pattern applies, `[H, W]`, 0 or 1 (`patch`: the sticker's alpha, 0...255).
  package let mask: ByteTensor
  /// `wanet`: displacement along columns, then rows, `[2, H, W]`; otherwise empty.
  package let flow: Tensor

  /// A trigger from stored parts.
  init(settings: TriggerSettings, pattern: ByteTensor, mask: ByteTensor, flow: Tensor) {
    self.settings = settings
    self.pattern = pattern
    self.mask = mask
    self.flow = flow
  }

  /// The trigger that the settings define; everything random comes from `settings.seed`.
  package init(_ settings: TriggerSettings) {
    let side = ImageGeometry.side
    var random = SplitMix64(seed: UInt64(settings.seed))
    var pattern = ByteTensor([], shape: [0, side, side])
    var mask = [UInt8](repeating: 1, count: side * side)
    var flow = Tensor(zeros: [0, side, side])
    var maskSide = side
    switch settings.family {
    case .badnets:
      mask = Self.blocks(settings, &random)
      pattern = Self.noise(&random, under: mask) { random in
        UInt8(255 * max(0, min(1, 0.5 + 0.5 * random.gaussian())) + 0.5)
      }
    case .square:
      mask = Self.square(settings)
      let white = mask.map { $0 * 255 }
      pattern = ByteTensor(white + white + white, shape: [3, side, side])
    case .blended, .lsb:
      pattern = Self.noise(&random, under: mask) { UInt8($0.index(below: 256)) }
    case .patch:
      (pattern, mask) = Sticker.drawn()
      maskSide = Sticker.side
    case .wanet:
      flow = WarpField.flow(controlPoints: settings.controlPoints, &random)
    case .sig, .bpp, .styled: break
    }
    self.init(
      settings: settings, pattern: pattern, mask: ByteTensor(mask, shape: [maskSide, maskSide]),
      flow: flow)
  }

  /// `blocks` square blocks at random places; draws the column, then the row of each.
  private static func blocks(
    _ settings: TriggerSettings, _ random: inout SplitMix64
  ) -> [UInt8] {
    let side = ImageGeometry.side
    var mask = [UInt8](repeating: 0, count: side * side)
    for _ in 0..<settings.blocks {
      let left = random.index(below: side - settings.block + 1)
      let top = random.index(below: side - settings.block + 1)
      fill(&mask, rows: top..<(top + settings.block), columns: left..<(left + settings.block))
    }
    return mask
  }

  private static func square(_ settings: TriggerSettings) -> [UInt8] {
    let side = ImageGeometry.side
    var mask = [UInt8](repeating: 0, count: side * side)
    let end = side - settings.margin
    fill(&mask, rows: (end - settings.block)..<end, columns: (end - settings.block)..<end)
    return mask
  }

  private static func fill(_ mask: inout [UInt8], rows: Range<Int>, columns: Range<Int>) {
    for row in rows { for column in columns { mask[row * ImageGeometry.side + column] = 1 } }
  }

  /// One value for each row, column and channel, drawn over the whole image in this order and
  /// then multiplied by the mask.
  private static func noise(
    _ random: inout SplitMix64, under mask: [UInt8], value: (inout SplitMix64) -> UInt8
  ) -> ByteTensor {
    let (side, pixels) = (ImageGeometry.side, ImageGeometry.pixelCount)
    return ByteTensor([3, side, side]) { target in
      for place in 0..<pixels {
        for channel in 0..<3 { target[channel * pixels + place] = value(&random) * mask[place] }
      }
    }
  }
}
