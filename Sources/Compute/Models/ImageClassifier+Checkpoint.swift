extension ImageClassifier {
  /// Why a checkpoint was refused.
  package struct CheckpointError: Error, CustomStringConvertible {
    package let description: String
  }

  /// Largest width accepted from a file: four times the usual 64.
  private static let widthLimit = 256
  /// Largest number of classes accepted from a file.
  private static let classLimit = 10_000

  /// Writes weights, running statistics, architecture and normalisation; equal models give equal
  /// bytes.
  ///
  /// - Parameters:
  ///   - path: where to.
  ///   - metadata: what else the file says about the model, under keys of the caller's own.
  /// - Throws: the system's error when the place cannot be written.
  package func write(to path: String, metadata: [String: String] = [:]) throws {
    var writer = SafeTensorsWriter()
    let configuration = model.configuration
    let own = [
      "model": "resnet18", "width": "\(configuration.width)",
      "stem": configuration.stem.rawValue, "classes": "\(configuration.classCount)",
      "precise": "\(configuration.precise)",
      "mean": normalisation.mean.map { "\($0)" }.joined(separator: " "),
      "deviation": normalisation.deviation.map { "\($0)" }.joined(separator: " "),
    ]
    writer.metadata = own.merging(metadata) { own, _ in own }
    for arena in [model.parameters, model.statistics] {
      for entry in arena.layout.entries { writer.set(entry.name, arena.value(of: entry)) }
    }
    try writer.write(to: path)
  }

  /// Reads what `write` wrote.
  ///
  /// - Parameter path: a checkpoint.
  /// - Throws: `SafeTensorsError` or `CheckpointError` for a file that is not a sound checkpoint.
  package init(reading path: String) throws {
    let file = try SafeTensorsFile(reading: path)
    func value<T>(_ key: String, _ parse: (String) -> T?) throws -> T {
      guard let text = file.metadata[key], let value = parse(text) else {
        throw CheckpointError(
          description: "\(path): metadata \"\(key)\" is "
            + (file.metadata[key].map { "\"\($0)\"" } ?? "missing")
            + ", not what a classifier's checkpoint holds\n"
            + "fix: use a checkpoint that this program trained")
      }
      return value
    }
    func numbers(_ text: String) -> [Double]? {
      let parsed = text.split(separator: " ").map { Double($0) }
      let values = parsed.compactMap { $0 }.filter(\.isFinite)
      return values.count == parsed.count && values.count == 3 ? values : nil
    }
    let configuration = ResNet18Configuration(
      width: try value("width") { Int($0).flatMap { 1...Self.widthLimit ~= $0 ? $0 : nil } },
      stem: try value("stem") { ResNet18Configuration.Stem(rawValue: $0) },
      classCount: try value("classes") {
        Int($0).flatMap { 1...Self.classLimit ~= $0 ? $0 : nil }
      },
      precise: try value("precise") { Bool($0) })
    let normalisation = ImageNormalisation(
      mean: try value("mean", numbers),
      deviation: try value("deviation") {
        numbers($0).flatMap { $0.allSatisfy { $0 > 0 } ? $0 : nil }
      })
    let model = ResNet18(configuration, seed: nil)
    for arena in [model.parameters, model.statistics] {
      for entry in arena.layout.entries {
        let tensor = try file.floats(entry.name)
        guard tensor.shape == entry.shape else {
          throw CheckpointError(
            description: "\(path): tensor \"\(entry.name)\" has shape \(tensor.shape), expected "
              + "\(entry.shape)\nfix: use a checkpoint that this program trained")
        }
        arena.setValue(tensor, of: entry)
      }
    }
    self.init(model, normalisation: normalisation)
  }
}
