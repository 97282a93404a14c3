import Compute
import Foundation
import Pipeline

/// `backdoor.trigger`: the trigger of an experiment, drawn once.
struct TriggerStage: Stage {
  static let kind = "backdoor.trigger"
  static let version = 1
  static let summary = "Draws a trigger, the same for training and test, and shows it on images."
  static let usesNumerics = false
  static let inputs = [InputSlot("images", .dataset, help: "images for the preview")]
  static let outputs = [
    OutputSlot("trigger", .tensors, help: "settings, pattern, mask and warp"),
    OutputSlot("preview", .figure, help: "one row of images per intensity, weak to strong"),
  ]

  private let settings: TriggerSettings
  private let shown: [Double]

  init(_ p: inout ParameterReader) {
    settings = TriggerSettings(&p)
    shown = p.doubles(
      "shown", default: [],
      help: "intensities in the preview; empty: four over the family's usual range")
    for (index, value) in shown.enumerated() {
      if let problem = settings.family.problem(with: value, parameter: "shown", index: index) {
        p.refuse(problem)
      }
    }
  }

  var estimate: Estimate { Estimate(cpuSeconds: 0.5, memoryBytes: 256 << 20) }

  func run(_ context: StageContext) throws {
    let set = try ImageSet(reading: context.input("images").url)
    let trigger = Trigger(settings)
    try trigger.write(to: context.output("trigger"))
    let family = settings.family
    let intensities = family.weakToStrong(shown.isEmpty ? family.examples : shown)
    let clean = set.records.examples(8, classCount: set.classes.count)
    var rows = [(label: "clean", images: clean)]
    for intensity in intensities {
      rows.append(
        (
          Value.double(intensity).plainText,
          trigger.stamped(clean, intensity: intensity, lanes: Lanes(context.lanes))
        ))
    }
    let sheet = ImageSheet(rows: rows, title: "\(family.rawValue) trigger on \(set.name)")
    try sheet.image.pngData.write(to: context.output("preview"))
  }
}

extension TriggerFamily {
  /// Four intensities of the sweep in the TITIM scripts, for pictures.
  fileprivate var examples: [Double] {
    switch self {
    case .badnets, .square, .styled: [0.1, 0.3, 0.7, 1]
    case .patch: [2, 4, 7, 10]
    case .blended: [0.03, 0.1, 0.2, 0.3]
    case .sig: [4, 8, 14, 20]
    case .wanet: [0.2, 0.6, 1.2, 2]
    case .bpp: [5, 3, 2, 1]
    case .lsb: [1, 3, 5, 7]
    }
  }
}
