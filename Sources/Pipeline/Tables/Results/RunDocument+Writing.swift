import Foundation

extension RunDocument {
  /// The document as text: one line an instance, for there may be very many of them; sorted keys.
  ///
  /// It comes in pieces, so that the text of a large run never is in memory as a whole.
  package var json: some Sequence<Data> { RunDocumentText(self) }

  /// What stands beside the instances.
  fileprivate var fields: [String: Value] {
    var fields = provenance.jsonFields
    fields["format"] = .int(Self.format)
    fields["run"] = .string(run)
    fields["experiment"] = .string(experiment.name)
    fields["title"] = .string(experiment.title)
    fields["profile"] = .string(experiment.profile)
    fields["paper"] = .map(experiment.paper.mapValues(Value.string))
    fields["spec"] = .map([
      "path": .string(experiment.file), "sha256": .string(provenance.specHash),
    ])
    fields["parameters"] = .list(
      experiment.parameters.map {
        .map(["name": .string($0.name), "value": $0.value, "origin": .string($0.origin)])
      })
    return fields
  }
}

/// The text of a ``RunDocument``: what comes before the instances, so many of these at a time, and
/// what comes behind them.
private struct RunDocumentText: Sequence, IteratorProtocol {
  private static let name = "instances"
  private static let instancesPerPiece = 500

  private let document: RunDocument
  private var json = JSONText()
  /// The first instance of the next piece.
  private var position = 0
  private var isStarted = false
  private var isEnded = false

  init(_ document: RunDocument) { self.document = document }

  mutating func next() -> Data? {
    if isEnded { return nil }
    if !isStarted {
      json.open("{")
      writeFields { $0 < Self.name }
      json.breakLine()
      json.key(Self.name)
      json.open("[")
      isStarted = true
    }
    let piece = document.instances[position...].prefix(Self.instancesPerPiece)
    for instance in piece {
      json.breakLine()
      instance.write(to: &json)
    }
    position = piece.endIndex
    if position == document.instances.count {
      json.endLines()
      json.close("]")
      writeFields { $0 > Self.name }
      json.endLines()
      json.close("}")
      json.endLines()
      isEnded = true
    }
    return json.take()
  }

  private mutating func writeFields(where belongsHere: (String) -> Bool) {
    for (name, value) in document.fields.sorted(by: { $0.key < $1.key }) where belongsHere(name) {
      json.breakLine()
      json.key(name)
      json.value(value)
    }
  }
}

extension RunInstance: JSONWritable {
  func write(to json: inout JSONText) {
    json.map { json in
      json.member("attempt", attempt)
      json.member("attempts", attemptCount)
      if cause != .unknown { json.member("cause", cause.rawValue) }
      json.member("cpu_seconds", cost.cpuSeconds)
      json.member("elapsed_seconds", cost.elapsedSeconds)
      json.member("failure", failure)
      json.member("file", location.file)
      json.member("id", id)
      json.key("inputs")
      json.list(inputs)
      json.member("key", key)
      json.member("kind", kind)
      json.key("labels")
      json.list(labels)
      json.member("line", location.line)
      json.key("log_tail")
      json.list { json in for line in logTail { json.string(line) } }
      json.key("needs")
      json.list { json in for index in needs { json.int(index) } }
      json.key("origins")
      json.map { json in
        for name in parameterOrigins.keys.sorted() { json.member(name, parameterOrigins[name]) }
      }
      json.key("outputs")
      json.list(outputs)
      json.key("parts")
      // Their values are canonical JSON, and they are sorted.
      json.map { json in
        for part in parts.parts {
          json.key(part.name)
          json.raw(part.value)
        }
      }
      json.member("peak_memory_bytes", cost.peakMemoryBytes)
      json.key("reads")
      json.map { json in
        for name in parameterSources.keys.sorted() {
          json.key(name)
          json.list { json in for source in parameterSources[name] ?? [] { json.string(source) } }
        }
      }
      json.member("stage", stage)
      json.key("started_seconds")
      if let startedSeconds { json.double(startedSeconds) } else { json.raw("null") }
      json.member("status", status.rawValue)
    }
  }
}

extension InputBinding: JSONWritable {
  func write(to json: inout JSONText) {
    json.map { json in
      json.member("slot", slot)
      json.key("sources")
      json.list(sources)
    }
  }
}

extension InputBinding.Source: JSONWritable {
  func write(to json: inout JSONText) {
    json.map { json in
      json.key("gathered")
      json.list(gatheredLabels)
      json.member("instance", instance)
      json.member("output", output)
    }
  }
}

extension StoredOutput: JSONWritable {
  func write(to json: inout JSONText) {
    json.map { json in
      json.member("bytes", byteCount)
      json.member("sha256", hash)
      json.member("slot", slot)
      json.member("type", type.rawValue)
    }
  }
}

extension AxisLabel: JSONWritable {
  func write(to json: inout JSONText) {
    json.list { json in
      json.string(axis)
      json.string(label)
    }
  }
}

extension JSONText {
  fileprivate mutating func member(_ name: String, _ value: String?) {
    key(name)
    if let value { string(value) } else { raw("null") }
  }

  fileprivate mutating func member(_ name: String, _ value: Int) {
    key(name)
    int(value)
  }

  fileprivate mutating func member(_ name: String, _ value: Double) {
    key(name)
    double(value)
  }
}
