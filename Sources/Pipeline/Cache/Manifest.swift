import Foundation

/// A stored result as one text that needs no database: what an export is made of, and what a lost
/// database is made again from.
///
/// The text is a line with the SHA-256 of the rest, then canonical JSON. Contents that live in the
/// database are in it; the others are files named by their hash.
package struct Manifest: Sendable, Hashable {
  package let action: StoredAction
  package let parts: KeyParts
  /// Name of the instance that was computed, for people.
  package let instance: String
  /// Contents of small outputs, by hash.
  let contents: [String: Data]

  init(action: StoredAction, parts: KeyParts, instance: String, contents: [String: Data]) {
    self.action = action
    self.parts = parts
    self.instance = instance
    self.contents = contents
  }

  /// Why a text is no manifest.
  struct Flaw: Error, Hashable {
    let what: String

    init(what: String) { self.what = what }

    init(mismatchIn output: StoredOutput) {
      what = "the content of '\(output.slot)' is not that of its hash"
    }
  }

  /// No text of a result is larger; a stage that gathers 100,000 inputs has some 15 MB.
  static let byteLimit = 64 << 20

  // MARK: Text

  var data: Data {
    let outputs = action.outputs.map { output in
      Value.map([
        "slot": .string(output.slot), "hash": .string(output.hash),
        "size": .int(output.byteCount), "type": .string(output.type.rawValue),
      ])
    }
    let body = Value.map([
      "format": .int(1), "key": .string(action.key), "instance": .string(instance),
      "parts": .map(
        Dictionary(parts.parts.map { ($0.name, .string($0.value)) }, uniquingKeysWith: { $1 })),
      "outputs": .list(outputs), "elapsed": .double(action.cost.elapsedSeconds),
      "cpu": .double(action.cost.cpuSeconds), "memory": .int(action.cost.peakMemoryBytes),
      "contents": .map(contents.mapValues { .string($0.base64EncodedString()) }),
    ]).canonicalJSON
    return Data((SHA256.hex(of: body) + "\n" + body + "\n").utf8)
  }

  /// Reads and checks a text: its own hash, that the key is that of the parts, and that it has the
  /// contents of its small outputs and nothing else: a content goes under its hash into a table that
  /// all results share. Whether the files are there is not looked at.
  init(data: Data) throws(Flaw) {
    guard let end = data.firstIndex(of: UInt8(ascii: "\n")), data.last == UInt8(ascii: "\n")
    else { throw Flaw(what: "it is cut short") }
    let body = data[data.index(after: end)...].dropLast()
    guard SHA256.hex(of: Data(body)) == String(decoding: data[..<end], as: UTF8.self) else {
      throw Flaw(what: "it was altered")
    }
    guard let value = try? Value(json: Data(body)), let fields = Fields(value) else {
      throw Flaw(what: "it is of an unknown form")
    }
    guard fields.parts.key == fields.action.key else {
      throw Flaw(what: "its key is not that of its parts")
    }
    try Manifest.check(fields.action.outputs, fields.contents)
    self.init(
      action: fields.action, parts: fields.parts, instance: fields.instance,
      contents: fields.contents)
  }

  private static func check(
    _ outputs: [StoredOutput], _ contents: [String: Data]
  ) throws(Flaw) {
    var slots: Set<String> = []
    var strangers = Set(contents.keys)
    for output in outputs {
      guard slots.insert(output.slot).inserted else {
        throw Flaw(what: "it names the output '\(output.slot)' twice")
      }
      let content = contents[output.hash]
      let isGood =
        if output.byteCount <= Store.inlineByteLimit {
          content?.count == output.byteCount && content.map(SHA256.hex(of:)) == output.hash
        } else { content == nil }
      guard isGood else { throw Flaw(mismatchIn: output) }
      strangers.remove(output.hash)
    }
    guard strangers.isEmpty else { throw Flaw(what: "it has a content that no output names") }
  }

  /// The outputs whose contents are files.
  var files: [StoredOutput] { action.outputs.filter { contents[$0.hash] == nil } }
}

/// What the JSON of a manifest says; `nil` when anything is missing or of another type.
private struct Fields {
  let action: StoredAction
  let parts: KeyParts
  let instance: String
  var contents: [String: Data] = [:]

  init?(_ value: Value) {
    guard case .map(let map) = value, map["format"] == .int(1),
      case .string(let key)? = map["key"], case .string(let instance)? = map["instance"],
      case .map(let parts)? = map["parts"], case .list(let outputs)? = map["outputs"],
      case .map(let contents)? = map["contents"], case .double(let elapsed)? = map["elapsed"],
      case .double(let cpu)? = map["cpu"], case .int(let memory)? = map["memory"]
    else { return nil }
    self.instance = instance
    var keyParts: [KeyParts.Part] = []
    for (name, value) in parts {
      guard case .string(let text) = value else { return nil }
      keyParts.append(KeyParts.Part(name: name, value: text))
    }
    self.parts = KeyParts(stored: keyParts)
    var stored: [StoredOutput] = []
    for output in outputs {
      guard let output = Fields.output(output) else { return nil }
      stored.append(output)
    }
    action = StoredAction(
      key: key, outputs: stored,
      cost: Cost(elapsedSeconds: elapsed, cpuSeconds: cpu, peakMemoryBytes: memory))
    for (hash, value) in contents {
      guard case .string(let text) = value, let data = Data(base64Encoded: text) else { return nil }
      self.contents[hash] = data
    }
  }

  private static func output(_ value: Value) -> StoredOutput? {
    guard case .map(let map) = value, case .string(let slot)? = map["slot"],
      case .string(let hash)? = map["hash"], hash.isContentHash,
      case .int(let size)? = map["size"], size >= 0, case .string(let name)? = map["type"],
      let type = ArtifactType(rawValue: name)
    else { return nil }
    return StoredOutput(slot: slot, hash: hash, byteCount: size, type: type)
  }
}

extension String {
  /// Whether this has the form of a SHA-256, and so is safe as a file's name.
  var isContentHash: Bool {
    utf8.count == 64 && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
