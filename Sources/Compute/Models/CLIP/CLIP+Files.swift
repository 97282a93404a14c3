import Foundation

/// Reading anyone's safetensors, and writing ours in Hugging Face's layout.
extension CLIP {
  /// Metadata of our own files: the configuration as JSON.
  private static let configurationKey = "config"

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - path: a safetensors file under Hugging Face's or OpenAI's names.
  ///   - configuration: the model's; nil takes that of the file's metadata.
  /// - Throws: `SafeTensorsError` for a file that is not sound, `CLIPFileError` for one that holds
  ///   another model, or values that are not finite.
  package convenience init(reading path: String, configuration: CLIPConfiguration? = nil) throws {
    let file = try SafeTensorsFile(reading: path)
    guard
      let names = [CLIPWeightNames.huggingFace, .openAI].first(where: {
        file.entries[$0.mark] != nil
      })
    else { throw CLIPFileError.unknownLayout(path: path) }
    try names.requireClassToken(in: file)
    let known = try configuration ?? Self.configuration(of: file, names)
    let sources = names.sources(known)
    // Every shape is compared before a float is allocated: a configuration may name any size.
    try Self.check(sources, of: file, known)
    self.init(known, seed: nil)
    let lanes = Lanes(1)
    let entries = Dictionary(
      uniqueKeysWithValues: parameters.layout.entries.map { ($0.name, $0) })
    for source in sources {
      guard let entry = entries[source.parameter] else {
        preconditionFailure("CLIP has no parameter \(source.parameter)")
      }
      let parts = try source.keys.map { key in
        let values = try file.floats(key)
        guard values.isFinite else { throw CLIPFileError.notFinite(path: path, key: key) }
        return source.form.ours(values, lanes: lanes)
      }
      parameters.setValue(Tensor(sideBySide: parts).reshaped(entry.shape), of: entry)
    }
  }

  /// Our file's own configuration.
  private static func configuration(
    of file: SafeTensorsFile, _ names: CLIPWeightNames
  ) throws -> CLIPConfiguration {
    if let json = file.metadata[configurationKey] {
      return try CLIPConfiguration(json: Data(json.utf8), path: file.path)
    }
    if names == .openAI { throw CLIPFileError.untold(path: file.path) }
    throw CLIPFileError.badConfiguration(
      path: file.path, field: "config.json", what: "it is not given, and weights do not tell it")
  }

  /// The configuration of a file that is not Hugging Face's, with what its weights do not tell.
  ///
  /// - Parameters:
  ///   - path: a safetensors file of ours, or under OpenAI's names.
  ///   - activation: of the MLPs of both towers.
  ///   - headWidth: floats of a head, where the file has no configuration.
  /// - Returns: what ``init(reading:configuration:)`` takes.
  /// - Throws: as that does.
  package static func configuration(
    of path: String, activation: Activation, headWidth: Int
  ) throws -> CLIPConfiguration {
    let file = try SafeTensorsFile(reading: path)
    guard file.metadata[configurationKey] == nil, file.entries[CLIPWeightNames.openAI.mark] != nil
    else {
      var known = try configuration(of: file, .huggingFace)
      (known.vision.activation, known.text.activation) = (activation, activation)
      return known
    }
    return try CLIPConfiguration(openAI: file, activation: activation, headWidth: headWidth)
  }

  private static func check(
    _ sources: [CLIPWeightNames.Source], of file: SafeTensorsFile,
    _ configuration: CLIPConfiguration
  ) throws(CLIPFileError) {
    let shapes = Dictionary(
      uniqueKeysWithValues: CLIPLayout(configuration).parameters.entries.map {
        ($0.name, $0.shape.axes)
      })
    for source in sources {
      guard let expected = shapes[source.parameter] else {
        preconditionFailure("CLIP has no parameter \(source.parameter)")
      }
      for key in source.keys {
        guard let entry = file.entries[key] else { throw .missing(path: file.path, key: key) }
        let theirs = source.form.theirs(expected, parts: source.keys.count, configuration)
        guard entry.shape == theirs || (source.form == .scalar && entry.shape == [1]) else {
          throw .wrongShape(path: file.path, key: key, found: entry.shape, expected: theirs)
        }
      }
    }
  }

  /// A file in Hugging Face's layout, whose metadata holds the configuration.
  ///
  /// - Parameter metadata: more of it.
  /// - Returns: the file, not yet written.
  package func file(metadata: [String: String] = [:]) -> SafeTensorsWriter {
    var writer = SafeTensorsWriter()
    writer.metadata = metadata
    writer.metadata[Self.configurationKey] = String(decoding: configuration.json, as: UTF8.self)
    let entries = Dictionary(
      uniqueKeysWithValues: parameters.layout.entries.map { ($0.name, $0) })
    let lanes = Lanes(1)
    for source in CLIPWeightNames.huggingFace.sources(configuration) {
      guard let entry = entries[source.parameter] else {
        preconditionFailure("CLIP has no parameter \(source.parameter)")
      }
      let value = parameters.value(of: entry)
      let columns = value.shape[value.shape.rank - 1] / source.keys.count
      let matrix = value.reshaped([
        value.count / columns / source.keys.count, columns * source.keys.count,
      ])
      let theirs = Shape(
        source.form.theirs(entry.shape.axes, parts: source.keys.count, configuration))
      for (part, key) in source.keys.enumerated() {
        let own = matrix.columns(part * columns..<(part + 1) * columns)
        writer.set(key, source.form.file(own, configuration, lanes: lanes).reshaped(theirs))
      }
    }
    return writer
  }
}

extension CLIPWeightNames.Form {
  /// The shape in a file of one of `parts` that make a parameter of this shape.
  fileprivate func theirs(
    _ shape: [Int], parts: Int, _ configuration: CLIPConfiguration
  ) -> [Int] {
    switch self {
    case .plain:
      return shape.dropLast() + [shape[shape.count - 1] / parts]
    case .transposed:
      return [shape[1] / parts, shape[0]]
    case .patches:
      return [shape[1], 3, configuration.patchSize, configuration.patchSize]
    case .scalar:
      return []
    }
  }

  /// A file's tensor as ours.
  fileprivate func ours(_ tensor: Tensor, lanes: Lanes) -> Tensor {
    switch self {
    case .plain, .scalar: tensor
    case .transposed: tensor.transposed(lanes: lanes)
    // [D, (3, P, P)] to [(P, P, 3), D]: D last, then the channels behind the places.
    case .patches:
      tensor.reshaped([tensor.shape[0] * 3, tensor.count / tensor.shape[0] / 3])
        .transposed(lanes: lanes)
        .reshaped([tensor.count / tensor.shape[0] / 3, tensor.shape[0], 3])
        .swappedInner()
    }
  }

  /// Our matrix as a file's.
  fileprivate func file(
    _ matrix: Tensor, _ configuration: CLIPConfiguration, lanes: Lanes
  ) -> Tensor {
    switch self {
    case .plain, .scalar: return matrix
    case .transposed: return matrix.transposed(lanes: lanes)
    case .patches:
      let places = configuration.patchSize * configuration.patchSize
      let width = configuration.vision.width
      return matrix.reshaped([places, 3, width]).swappedInner().reshaped([places, width * 3])
        .transposed(lanes: lanes)
    }
  }
}

extension Tensor {
  /// `[a, c, b]` of `[a, b, c]`.
  fileprivate func swappedInner() -> Tensor {
    let (outer, rows, columns) = (shape[0], shape[1], shape[2])
    return Tensor([outer, columns, rows]) { y in
      withUnsafeFloats { x in
        for o in 0..<outer {
          for i in 0..<rows {
            for j in 0..<columns {
              y[(o * columns + j) * rows + i] = x[(o * rows + i) * columns + j]
            }
          }
        }
      }
    }
  }

  /// Matrices of equal rows side by side; vectors one after another.
  fileprivate init(sideBySide parts: [Tensor]) {
    guard parts.count > 1, parts[0].shape.rank == 2 else {
      self = Tensor(
        concatenatingRows: parts.map { $0.reshaped([$0.count]) }, rowShape: [])
      return
    }
    let (rows, widths) = (parts[0].shape[0], parts.map { $0.shape[1] })
    let total = widths.reduce(0, +)
    self.init([rows, total]) { y in
      var start = 0
      for (part, width) in zip(parts, widths) {
        part.withUnsafeFloats { x in
          for row in 0..<rows {
            (y + row * total + start).update(from: x + row * width, count: width)
          }
        }
        start += width
      }
    }
  }
}
