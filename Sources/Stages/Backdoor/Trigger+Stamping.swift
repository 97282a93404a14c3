import Compute
import Foundation

extension Trigger {
  /// Copies of the images with the trigger on them.
  ///
  /// Blending is integer arithmetic, so every platform gives the same bytes: with the opacity a in
  /// thousandths, `y = ((1000 - a) x + a p + 500) div 1000` (`truncate` leaves the 500 out).
  /// The other families use only exact and correctly rounded operations, but for the sine of
  /// `sig`.
  ///
  /// - Parameters:
  ///   - images: `[N, 3, 32, 32]`.
  ///   - intensity: valid for the family (``TriggerFamily/problem(with:parameter:index:)``).
  ///   - lanes: cores to use.
  /// - Returns: the shape of the images.
  /// - Precondition: the shape of the images.
  package func stamped(_ images: ByteTensor, intensity: Double, lanes: Lanes) -> ByteTensor {
    let (byteCount, side) = (ImageGeometry.byteCount, ImageGeometry.side)
    precondition(
      images.shape == [images.shape[0], 3, side, side],
      "stamp: images \(images.shape), expected [N, 3, \(side), \(side)]")
    let stamp = stamp(at: intensity)
    return ByteTensor(images.shape) { target in
      images.withUnsafeBytes { source in
        let count = images.shape[0]
        lanes.forEachChunk(of: count, size: 64, work: images.count * 4) { _, items in
          for item in items {
            let image = target + item * byteCount
            image.update(from: source + item * byteCount, count: byteCount)
            stamp(image)
          }
        }
      }
    }
  }

  /// The in-place stamp of one image `[3, 32, 32]` at an intensity.
  private func stamp(at intensity: Double) -> (UnsafeMutablePointer<UInt8>) -> Void {
    let pixels = ImageGeometry.pixelCount
    switch settings.family {
    case .badnets, .square, .blended:
      let opacity = thousandths(intensity)
      let (pattern, mask) = (self.pattern.values, self.mask.values)
      return { image in
        for place in 0..<ImageGeometry.byteCount where mask[place % pixels] == 1 {
          image[place] = blend(image[place], pattern[place], opacity)
        }
      }
    case .patch: return stickerStamp(size: Int(intensity))
    case .sig: return waveStamp(amplitude: intensity)
    case .wanet:
      let warp = WarpField(flow: flow, strength: intensity, rescale: settings.rescale)
      return { warp.apply(to: $0) }
    case .bpp:
      let dither = settings.dither
      return { BitDepth.reduce($0, bits: Int(intensity), dither: dither) }
    case .styled:
      let opacity = thousandths(intensity)
      return { image in
        for place in 0..<pixels {
          let tone = Tone.applied(
            red: image[place], green: image[pixels + place], blue: image[2 * pixels + place])
          for channel in 0..<3 {
            let index = channel * pixels + place
            image[index] = blend(image[index], tone[channel], opacity)
          }
        }
      }
    case .lsb:
      let bits = UInt8(intensity)
      let low: UInt8 = (1 << bits) - 1
      let pattern = self.pattern.values
      return { image in
        for place in 0..<ImageGeometry.byteCount {
          image[place] = (image[place] & ~low) | (pattern[place] >> (8 - bits))
        }
      }
    }
  }

  private func thousandths(_ opacity: Double) -> Int { Int((opacity * 1000).rounded()) }

  private func blend(_ x: UInt8, _ p: UInt8, _ opacity: Int) -> UInt8 {
    let half = settings.rounding == .nearest ? 500 : 0
    return UInt8(((1000 - opacity) * Int(x) + opacity * Int(p) + half) / 1000)
  }

  /// The sticker with its centre near (27, 27); what exceeds the image is cut off.
  private func stickerStamp(size: Int) -> (UnsafeMutablePointer<UInt8>) -> Void {
    let sticker = Sticker.resized(colours: pattern.values, alpha: mask.values, to: size)
    let opacity = thousandths(settings.opacity)
    let start = 27 - (size + 1) / 2
    let side = ImageGeometry.side
    return { image in
      for row in 0..<size where (0..<side).contains(start + row) {
        for column in 0..<size where (0..<side).contains(start + column) {
          let place = row * size + column
          let share = (opacity * Int(sticker.alpha[place]) + 127) / 255
          for channel in 0..<3 {
            let index = channel * side * side + (start + row) * side + start + column
            image[index] = blend(
              image[index], sticker.colours[channel * size * size + place], share)
          }
        }
      }
    }
  }

  /// `y = floor(clip(x + d sin(2 pi j f / W), 0, 255) + 0.5)` for column j.
  private func waveStamp(amplitude: Double) -> (UnsafeMutablePointer<UInt8>) -> Void {
    let side = ImageGeometry.side
    let offsets = (0..<side).map { column in
      amplitude * sin(2 * Double.pi * Double(column * settings.frequency) / Double(side))
    }
    return { image in
      for place in 0..<ImageGeometry.byteCount {
        let value = Double(image[place]) + offsets[place % side]
        image[place] = UInt8(max(0, min(255, value)) + 0.5)
      }
    }
  }
}

/// The colour tone of `styled`: a warm film look, as a 3x3 matrix in thousandths plus an offset.
enum Tone {
  private static let matrix = [[1100, 100, -50], [20, 980, 20], [-50, 100, 800]]
  private static let offsets = [12, 2, -10]

  static func applied(red: UInt8, green: UInt8, blue: UInt8) -> [UInt8] {
    (0..<3).map { channel in
      let row = matrix[channel]
      let sum = row[0] * Int(red) + row[1] * Int(green) + row[2] * Int(blue)
      return UInt8(clamping: max(0, sum + 1000 * offsets[channel] + 500) / 1000)
    }
  }
}
