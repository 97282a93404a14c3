import Compute
import Foundation
import Pipeline

extension Trigger {
  package func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = settings.texts
    writer.set("pattern", pattern)
    writer.set("mask", mask)
    writer.set("flow", flow)
    try writer.write(to: url.path)
  }

  /// Reads what ``write(to:)`` wrote.
  ///
  /// - Throws: ``StageFailure`` for a file that is not a trigger.
  package init(reading url: URL) throws {
    let file = try SafeTensorsFile(reading: url.path)
    guard let settings = TriggerSettings(texts: file.metadata) else {
      throw StageFailure(
        at: url.path, "the metadata describe no trigger", why: "a trigger carries its settings",
        fix: "use the output of backdoor.trigger as this input")
    }
    let expected = Trigger(settings)
    self.init(
      settings: settings, pattern: try file.bytes("pattern"), mask: try file.bytes("mask"),
      flow: try file.floats("flow"))
    guard pattern.shape == expected.pattern.shape, mask.shape == expected.mask.shape,
      flow.shape == expected.flow.shape
    else {
      throw StageFailure(
        at: url.path,
        "tensors of shapes \(pattern.shape), \(mask.shape), \(flow.shape) for \(settings.family)",
        why: "expected \(expected.pattern.shape), \(expected.mask.shape), \(expected.flow.shape)",
        fix: "use the output of backdoor.trigger as this input")
    }
  }
}

extension TriggerSettings {
  fileprivate var texts: [String: String] {
    [
      "family": family.rawValue, "block": String(block), "blocks": String(blocks),
      "margin": String(margin), "opacity": opacity.description, "frequency": String(frequency),
      "control_points": String(controlPoints), "rescale": rescale.description,
      "dither": String(dither), "rounding": rounding.rawValue, "seed": String(seed),
    ]
  }

  /// The settings of stored metadata, under the same rules as parameters.
  fileprivate init?(texts: [String: String]) {
    var values: [String: Value] = [:]
    for (name, text) in texts {
      let number = Int(text).map(Value.int) ?? Double(text).map(Value.double)
      values[name] = number ?? Bool(text).map(Value.bool) ?? .string(text)
    }
    var reader = ParameterReader(values)
    self.init(&reader)
    guard reader.problems.isEmpty, Set(values.keys) == Set(reader.normalised.keys)
    else { return nil }
  }
}
