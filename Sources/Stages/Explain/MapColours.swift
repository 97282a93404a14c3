import Foundation
import Pipeline

/// Colours of heat maps.
enum MapColours {
  /// From dark blue over cyan and yellow to dark red, for values from 0 to 1.
  static func jet(_ value: Double) -> (red: Double, green: Double, blue: Double) {
    func ramp(_ centre: Double) -> Double {
      min(1, max(0, 1.5 - abs(4 * value - centre)))
    }
    return (ramp(3), ramp(2), ramp(1))
  }

  /// From white to dark blue, for values from 0 to 1.
  static func shade(_ value: Double) -> PNGImage.Pixel {
    func mix(_ low: Double, _ high: Double) -> UInt8 { UInt8(low + (high - low) * value) }
    return .init(mix(250, 20), mix(250, 74), mix(250, 140))
  }

  /// A picture with a map laid over it.
  ///
  /// - Parameters:
  ///   - picture: the image.
  ///   - map: one value a pixel.
  ///   - alpha: weight of the map's colours, 0 to 1.
  /// - Returns: `(1 - alpha) picture + alpha colour`.
  static func overlaid(_ picture: PNGImage, map: [Double], alpha: Double) -> PNGImage {
    let pixels = map.indices.flatMap { place -> [UInt8] in
      let colour = jet(map[place])
      return zip([colour.red, colour.green, colour.blue], 0..<3).map { level, channel in
        let own = Double(picture.pixels[place * 3 + channel])
        return UInt8((1 - alpha) * own + alpha * 255 * level + 0.5)
      }
    }
    return PNGImage(width: picture.width, height: picture.height, pixels: pixels)
  }

  /// Draws the edge of a mask, on the pixels just outside of it.
  static func outline(_ mask: [Bool], in picture: inout PNGImage, _ colour: PNGImage.Pixel) {
    let (width, height) = (picture.width, picture.height)
    for y in 0..<height {
      for x in 0..<width where !mask[y * width + x] {
        let touches = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)].contains { x, y in
          (0..<width).contains(x) && (0..<height).contains(y) && mask[y * width + x]
        }
        if touches { picture[x, y] = colour }
      }
    }
  }

  static func rounded(_ number: Double) -> String { String(format: "%.3f", number) }
}
