import Compute

/// The bundled sticker of the trigger family `patch`: a smiling face, drawn here.
enum Sticker {
  static let side = 40

  /// Colours `[3, 40, 40]` and alpha `[40, 40]` (0 outside the face, 255 inside).
  static func drawn() -> (colours: ByteTensor, alpha: [UInt8]) {
    var planes = [[UInt8]](repeating: [], count: 3)
    var alpha: [UInt8] = []
    for row in 0..<side {
      for column in 0..<side {
        let (y, x) = (2 * row + 1 - side, 2 * column + 1 - side)
        let colour = colour(x: x, y: y)
        for channel in 0..<3 { planes[channel].append(colour.map { $0[channel] } ?? 0) }
        alpha.append(colour == nil ? 0 : 255)
      }
    }
    return (ByteTensor(planes.flatMap { $0 }, shape: [3, side, side]), alpha)
  }

  /// The colour at a point in half pixels from the centre; `nil` outside.
  private static func colour(x: Int, y: Int) -> [UInt8]? {
    let radius = x * x + y * y
    if radius > 39 * 39 { return nil }
    let dark: [UInt8] = [40, 20, 60]
    if radius > 33 * 33 { return dark }
    let eye = (abs(x) - 13) * (abs(x) - 13) + (y + 10) * (y + 10)
    if eye <= 30 { return dark }
    let isMouth = y > 4 && radius <= 23 * 23 && radius >= 15 * 15
    return isMouth ? [220, 30, 60] : [255, 210, 30]
  }

  /// The sticker at a side of `size` pixels: exact area averages, colours weighted by alpha.
  static func resized(
    colours: [UInt8], alpha: [UInt8], to size: Int
  ) -> (colours: [UInt8], alpha: [UInt8]) {
    var resizedColours = [UInt8](repeating: 0, count: 3 * size * size)
    var resizedAlpha = [UInt8](repeating: 0, count: size * size)
    let overlaps = (0..<size).map { Self.overlaps(of: $0, size: size) }
    for row in 0..<size {
      for column in 0..<size {
        var (alphaSum, colourSums) = (0, [0, 0, 0])
        for (i, rowWeight) in overlaps[row] {
          for (j, columnWeight) in overlaps[column] {
            let weight = rowWeight * columnWeight * Int(alpha[i * side + j])
            alphaSum += weight
            for channel in 0..<3 {
              colourSums[channel] += weight * Int(colours[(channel * side + i) * side + j])
            }
          }
        }
        let place = row * size + column
        resizedAlpha[place] = UInt8((alphaSum + side * side / 2) / (side * side))
        for channel in 0..<3 where alphaSum > 0 {
          resizedColours[channel * size * size + place] =
            UInt8((colourSums[channel] + alphaSum / 2) / alphaSum)
        }
      }
    }
    return (resizedColours, resizedAlpha)
  }

  /// The source pixels under one target pixel, with overlaps in units of 1/size source pixel.
  private static func overlaps(of target: Int, size: Int) -> [(source: Int, weight: Int)] {
    let (start, end) = (target * side, (target + 1) * side)
    return (start / size..<(end + size - 1) / size).map { source in
      (source, min(end, (source + 1) * size) - max(start, source * size))
    }
  }
}
