import Pipeline

/// The ways of stamping a trigger on an image, each with its own meaning of "intensity".
package enum TriggerFamily: String, Sendable, CaseIterable {
  /// Random square blocks of fixed noise; the intensity is an opacity.
  case badnets
  /// A white square near the bottom-right corner; opacity.
  case square
  /// A sticker; the intensity is its side in pixels.
  case patch
  /// A key image of uniform noise over the whole image; opacity.
  case blended
  /// A horizontal sine wave; the intensity is its amplitude in grey levels. Records of any class are
  /// stamped and relabelled, as for every family; the original SIG is clean-label.
  case sig
  /// A smooth warp; the intensity is its strength.
  case wanet
  /// Fewer grey levels; the intensity is the bit depth, so that 0 is the strongest.
  case bpp
  /// A colour tone; opacity.
  case styled
  /// The low bits of each pixel replaced by those of a key image; the intensity is their number.
  case lsb

  /// The valid intensities.
  package var range: Interval {
    switch self {
    case .badnets, .square, .blended, .styled: .above(0, through: 1)
    case .patch: .closed(1, Double(ImageGeometry.side))
    case .sig: .above(0, through: 255)
    case .wanet: .above(0, through: 8)
    case .bpp: .closed(0, 8)
    case .lsb: .closed(1, 7)
    }
  }

  /// What an intensity of this family is, for messages.
  package var meaning: String {
    switch self {
    case .badnets, .square, .blended, .styled:
      "\(rawValue) blends the trigger as (1-a)*x + a*p, so an intensity is an opacity"
    case .patch: "an intensity of patch is the sticker's side in pixels"
    case .sig: "an intensity of sig is the wave's amplitude in grey levels"
    case .wanet: "an intensity of wanet is the strength of the warp"
    case .bpp: "an intensity of bpp is the number of bits that stay, 0 being the strongest"
    case .lsb: "an intensity of lsb is the number of replaced low bits"
    }
  }

  private var takesWholeNumbers: Bool { self == .patch || self == .bpp || self == .lsb }
  private var isOpacity: Bool { range == Interval.above(0, through: 1) }

  /// Why a number is no intensity of this family; `nil` when it is one.
  package func problem(
    with intensity: Double, parameter: String, index: Int? = nil
  ) -> ParameterProblem? {
    func refuse(_ what: String, fix: String) -> ParameterProblem {
      ParameterProblem(parameter: parameter, index: index, what: what, why: meaning, fix: fix)
    }
    let text = Value.double(intensity).plainText
    guard range.contains(intensity) else {
      return refuse("\(text) is outside \(range.text)", fix: range.remedy(for: intensity))
    }
    if takesWholeNumbers && intensity != intensity.rounded() {
      return refuse("\(text) is not a whole number", fix: "write a whole number")
    }
    if isOpacity && (intensity * 1000).rounded() < 1 {
      return refuse(
        "\(text) is less than 0.001", fix: "write 0.001 or more: stamping computes in thousandths")
    }
    if isOpacity && abs(intensity * 1000 - (intensity * 1000).rounded()) > 1e-9 {
      return refuse(
        "\(text) has more than three decimals",
        fix: "write \(Value.double((intensity * 1000).rounded() / 1000).plainText): "
          + "stamping computes in thousandths")
    }
    return nil
  }

  /// The intensities in the order in which every table lists them.
  package func weakToStrong(_ intensities: [Double]) -> [Double] {
    self == .bpp ? intensities.sorted(by: >) : intensities.sorted()
  }
}
