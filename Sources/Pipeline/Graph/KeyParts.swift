/// What the result of an instance depends on, as named parts; their hash is its cache key.
///
/// Parts: `type`, `version`, `code` (fingerprint of the sources), `numerics` (where the stage says
/// that the machine matters), `parameter.NAME`, `input.SLOT` (content hashes in order, with labels
/// where gathered, and with the type where the slot leaves it open), `file.NAME` (content hash). Never part: the stage's name, axis labels,
/// resources, retries, threads, times.
package struct KeyParts: Sendable, Hashable {
  package struct Part: Sendable, Hashable {
    package let name: String
    /// Canonical JSON.
    package let value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One artifact of an input slot.
  package struct Artifact: Sendable, Hashable {
    package let hash: String
    /// The producer's labels on the gathered axes.
    package let labels: [AxisLabel]
    /// What it holds, where the slot leaves that open: the stage is given other files then.
    package let type: ArtifactType?

    package init(hash: String, labels: [AxisLabel], type: ArtifactType? = nil) {
      self.hash = hash
      self.labels = labels
      self.type = type
    }
  }

  /// Sorted by name.
  package let parts: [Part]

  /// Parts that were stored beside a key.
  package init(stored parts: [Part]) {
    self.parts = parts.sorted { $0.name < $1.name }
  }

  /// - Parameters:
  ///   - bound: the stage with its parameters; only those that affect the result count.
  ///   - inputs: artifacts by slot, in order.
  ///   - files: declared files; their paths do not count.
  package init(
    of bound: BoundStage, inputs: [String: [Artifact]], files: [HashedFile]
  ) {
    var parts = bound.type.keyParts
    parts.reserveCapacity(parts.count + bound.keyParameters.count + inputs.count + files.count)
    for (name, value) in bound.keyParameters {
      parts.append(Part(name: "parameter.\(name)", value: value.canonicalJSON))
    }
    for (slot, artifacts) in inputs {
      let list = Value.list(
        artifacts.map { artifact in
          let labels = artifact.labels.map {
            Value.list([.string($0.axis), .string($0.label)])
          }
          let type = artifact.type.map { [Value.string($0.rawValue)] } ?? []
          return .list([.string(artifact.hash), .list(labels)] + type)
        })
      parts.append(Part(name: "input.\(slot)", value: list.canonicalJSON))
    }
    for file in files {
      parts.append(Part(name: "file.\(file.name)", value: Value.string(file.hash).canonicalJSON))
    }
    self.init(stored: parts)
  }

  /// The parts that all instances of a stage type share.
  static func parts(
    kind: String, version: Int, fingerprint: String, numericsTag: String
  ) -> [Part] {
    var parts = [
      Part(name: "type", value: Value.string(kind).canonicalJSON),
      Part(name: "version", value: Value.int(version).canonicalJSON),
      Part(name: "code", value: Value.string(fingerprint).canonicalJSON),
    ]
    if !numericsTag.isEmpty {
      parts.append(Part(name: "numerics", value: Value.string(numericsTag).canonicalJSON))
    }
    return parts
  }

  /// The value of a part; `nil` when there is none of this name.
  package subscript(name: String) -> String? {
    var range = parts.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      if parts[middle].name == name { return parts[middle].value }
      range =
        parts[middle].name < name
        ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }

  /// Content hashes of the declared files, by name.
  var fileHashes: [String: String] {
    var hashes: [String: String] = [:]
    for part in parts where part.name.hasPrefix("file.") {
      // A hash is written as a JSON string.
      hashes[String(part.name.dropFirst(5))] = String(part.value.dropFirst().dropLast())
    }
    return hashes
  }

  /// The contents that the inputs are.
  var inputHashes: [String] {
    parts.filter { $0.name.hasPrefix("input.") }.flatMap { part in
      part.value.split(separator: "\"").map(String.init).filter(\.isContentHash)
    }
  }

  /// SHA-256 over `k1` and all names and values, each with its length before it, so that no two
  /// lists of parts give the same bytes.
  package var key: String {
    var text = "k1"
    for part in parts {
      for field in [part.name, part.value] { text += "\(field.utf8.count):\(field)" }
    }
    return SHA256.hex(of: text)
  }
}
