/// The reduction of grey levels behind the trigger family `bpp`.
///
///     v = floor(x / 255 * 2^d + 0.5) / 2^d;   y = floor(255 min(v, 1) + 0.5)
///
/// Source: BppAttack (Wang et al. 2022) in the form of the TITIM scripts.
enum BitDepth {
  /// The value of a pixel at d bits, by the exact integer form of the formula.
  static func level(of x: Int, bits: Int) -> Int {
    let levels = 1 << bits
    let step = min((2 * x * levels + 255) / 510, levels)
    return (510 * step + levels) / (2 * levels)
  }

  /// Reduces an image `[3, 32, 32]` in place.
  ///
  /// With `dither`, each plane is scanned row by row and the error of a pixel goes to its
  /// neighbours by Floyd and Steinberg's weights 7/16, 3/16, 5/16, 1/16.
  static func reduce(_ image: UnsafeMutablePointer<UInt8>, bits: Int, dither: Bool) {
    guard dither else {
      for place in 0..<ImageGeometry.byteCount {
        image[place] = UInt8(level(of: Int(image[place]), bits: bits))
      }
      return
    }
    let side = ImageGeometry.side
    for channel in 0..<ImageGeometry.channels {
      let plane = image + channel * side * side
      var values = (0..<(side * side)).map { Double(plane[$0]) }
      for row in 0..<side {
        for column in 0..<side {
          let place = row * side + column
          let wanted = max(0, min(255, values[place]))
          let level = level(of: Int(wanted + 0.5), bits: bits)
          plane[place] = UInt8(level)
          let error = (values[place] - Double(level)) / 16
          if column + 1 < side { values[place + 1] += 7 * error }
          guard row + 1 < side else { continue }
          if column > 0 { values[place + side - 1] += 3 * error }
          values[place + side] += 5 * error
          if column + 1 < side { values[place + side + 1] += error }
        }
      }
    }
  }
}
