/// Colours that stay apart on light and dark ground and for colour-blind readers.
enum Palette {
  /// Categorical hues (light ground, dark ground); their order keeps neighbours apart under
  /// deuteranopia and protanopia.
  static let series: [(light: String, dark: String)] = [
    ("#2a78d6", "#3987e5"), ("#eb6834", "#d95926"), ("#1baf7a", "#199e70"),
    ("#eda100", "#c98500"), ("#e87ba4", "#d55181"), ("#008300", "#3fa33f"),
    ("#4a3aa7", "#9085e9"), ("#e34948", "#e66767"),
  ]

  /// Stops of a scale of even lightness steps from dark violet to yellow (viridis, CC0).
  private static let ramp: [(Double, Double, Double)] = [
    (68, 1, 84), (65, 68, 135), (42, 120, 142), (34, 168, 132), (122, 209, 81), (253, 231, 37),
  ]

  /// The colour at `share` (0...1) of the sequential scale.
  static func sequential(_ share: Double) -> PNGImage.Pixel {
    let place = min(max(share, 0), 1) * Double(ramp.count - 1)
    let lower = min(Int(place), ramp.count - 2)
    let part = place - Double(lower)
    func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8((a + (b - a) * part).rounded()) }
    let (from, to) = (ramp[lower], ramp[lower + 1])
    return PNGImage.Pixel(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
  }

  /// Black or white, whichever contrasts more with the colour (WCAG relative luminance).
  static func ink(on colour: PNGImage.Pixel) -> String {
    let luminance = luminance(of: colour)
    let onWhite = 1.05 / (luminance + 0.05)
    let onBlack = (luminance + 0.05) / 0.05
    return onBlack >= onWhite ? "#000000" : "#ffffff"
  }

  static func luminance(of colour: PNGImage.Pixel) -> Double {
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      // A gamma of 2 stands for the sRGB curve of about 2.2: exact enough to
      // choose between black and white, and free of library functions.
      return value * value
    }
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green)
      + 0.0722 * linear(colour.blue)
  }

  static func hexadecimal(_ colour: PNGImage.Pixel) -> String {
    "#"
      + [colour.red, colour.green, colour.blue].map { channel in
        let digits = String(channel, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}
