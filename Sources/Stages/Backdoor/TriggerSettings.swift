import Pipeline

/// Everything that defines a trigger except its intensity.
package struct TriggerSettings: Sendable, Hashable {
  /// How the integer blend treats the fraction of a grey level.
  package enum Rounding: String, Sendable, CaseIterable { case nearest, truncate }

  package var family = TriggerFamily.badnets
  package var block = 4
  package var blocks = 3
  package var margin = 1
  package var opacity = 1.0
  package var frequency = 6
  package var controlPoints = 8
  package var rescale = 1.0
  package var dither = false
  package var rounding = Rounding.nearest
  package var seed = 0

  package init(family: TriggerFamily = .badnets) { self.family = family }

  /// Reads and declares the settings as parameters of a stage.
  package init(_ p: inout ParameterReader) {
    let side = ImageGeometry.side
    family = p.choice("family", default: .badnets, help: "how the trigger is stamped")
    block = p.int(
      "block", default: 4, in: 1...side, unit: "pixels",
      help: "badnets, square: side of a block; an image has \(side)x\(side) pixels")
    blocks = p.int("blocks", default: 3, in: 1...16, help: "badnets: number of blocks")
    margin = p.int(
      "margin", default: 1, in: 0...(side - 1), unit: "pixels",
      help: "square: distance from the bottom-right corner")
    opacity = p.double(
      "opacity", default: 1, in: .above(0, through: 1), help: "patch: opacity of the sticker")
    frequency = p.int(
      "frequency", default: 6, in: 1...(side / 2), help: "sig: waves across the image")
    controlPoints = p.int(
      "control_points", default: 8, in: 2...side, help: "wanet: side of the control grid")
    rescale = p.double(
      "rescale", default: 1, in: .above(0, through: 1), help: "wanet: factor on the whole grid")
    dither = p.bool("dither", default: false, help: "bpp: Floyd-Steinberg dithering")
    rounding = p.choice(
      "rounding", default: .nearest, help: "what becomes of fractions of a grey level")
    seed = p.int(
      "seed", default: 0, in: 0...Int.max, help: "of the pattern; the same for training and test")
    if family == .square && block + margin > side {
      p.refuse(
        ParameterProblem(
          parameter: "margin", what: "block \(block) and margin \(margin) exceed \(side) pixels",
          why: "the square must lie inside the image",
          fix: "write a margin of at most \(side - block)"))
    }
    if let problem = TriggerFamily.blended.problem(with: opacity, parameter: "opacity") {
      p.refuse(problem)
    }
  }
}
