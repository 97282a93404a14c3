/// Why one instance of a stored run ran or was cached, and what its key is made of.
package struct KeyExplanation: Sendable {
  /// A key that the instance's is held against.
  package struct Reference: Sendable {
    /// "stored key 1a2b3c4d", "run titim_cifar/20260101-1"
    package let name: String
    package let parts: KeyParts

    package init(name: String, parts: KeyParts) {
      self.name = name
      self.parts = parts
    }
  }

  private let document: RunDocument
  private let index: Int
  private let reference: Reference?
  /// The log of its last attempt, if the file exists.
  private let logPath: String?

  package init(
    _ index: Int, of document: RunDocument, against reference: Reference?, logPath: String?
  ) {
    self.document = document
    self.index = index
    self.reference = reference
    self.logPath = logPath
  }

  private var instance: RunInstance { document.instances[index] }

  private var differences: [KeyDifference] {
    reference.map { KeyDifference.differences(from: $0.parts, to: index, of: document) } ?? []
  }

  package var text: String {
    var lines = ["\(instance.id)  \(instance.kind), \(instance.location.shortText)"]
    lines.append("  " + statusText)
    if let failure = instance.failure { lines.append("  failure: \(failure)") }
    if let reference {
      let found = differences
      lines.append(
        found.isEmpty
          ? "  nothing differs from \(reference.name)"
          : "  differs from \(reference.name) in \(found.count == 1 ? "1 part" : "\(found.count) parts"):"
      )
      lines += found.map { "    " + $0.text }
    } else if instance.cause != .forced {
      lines.append("  no other key of \(instance.kind) is stored to compare with")
    }
    lines.append("  cost: " + costText)
    lines.append("  log: " + (logPath ?? "none is kept here"))
    if instance.key.isEmpty {
      lines.append(
        instance.status == .disabled
          ? "  it has no key: it was not to run"
          : "  its key was never known: an instance before it did not end")
    } else {
      lines.append("  key \(instance.key), made of:")
      let rows = self.rows
      let width = rows.map(\.name.count).max() ?? 0
      for (name, value, origin) in rows {
        let name = name + String(repeating: " ", count: width - name.count)
        lines.append(
          "    \(name)  \(Self.shortened(value))" + (origin.isEmpty ? "" : "  from \(origin)"))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The parts of the key, a parameter followed by its entries with an origin of their own.
  private var rows: [(name: String, value: String, origin: String)] {
    instance.parts.parts.flatMap { part in
      [(part.name, part.value, KeyDifference.origin(of: part, in: instance, document))]
        + instance.entries(of: part).map { ("parameter.\($0.name)", $0.value, $0.origin) }
    }
  }

  private var statusText: String {
    switch instance.status {
    case .ran: instance.cause.text
    case .cached: "it was cached: a result was stored under its key"
    case .failed: "it failed, or an instance before it did"
    case .disabled: "it was skipped: its 'if', or that of an instance before it, does not hold"
    case .omitted: "it was left out: the run was not to reach it, or was stopped before"
    }
  }

  private var costText: String {
    let cost = instance.cost
    let megabytes = Double(cost.peakMemoryBytes) / 1_048_576
    let text =
      "\(NumberText.short(cost.elapsedSeconds)) s elapsed, \(NumberText.short(cost.cpuSeconds)) s "
      + "CPU, \(NumberText.short(megabytes, decimals: 0)) MiB at most"
    switch instance.attemptCount {
    case 0: return text + " when it was computed"
    case 1: return text + ", 1 attempt"
    default: return text + ", \(instance.attemptCount) attempts"
    }
  }

  /// Long hashes by their first digits.
  private static func shortened(_ value: String) -> String {
    value.replacing(#/[0-9a-f]{40,}/#) { String($0.output.prefix(12)) }
  }

  package var jsonValue: Value {
    .map([
      "instance": .string(instance.id), "kind": .string(instance.kind),
      "status": .string(instance.status.rawValue), "key": .string(instance.key),
      "against": reference.map { .string($0.name) } ?? .null,
      "differences": .list(
        differences.map {
          .map([
            "part": .string($0.name), "old": $0.old.map(Value.string) ?? .null,
            "new": $0.new.map(Value.string) ?? .null, "origin": .string($0.origin),
          ])
        }),
      "parts": .list(
        instance.parts.parts.map {
          .map([
            "name": .string($0.name), "value": .string($0.value),
            "origin": .string(KeyDifference.origin(of: $0, in: instance, document)),
          ])
        }),
      "elapsed_seconds": .double(instance.cost.elapsedSeconds),
      "cpu_seconds": .double(instance.cost.cpuSeconds),
      "peak_memory_bytes": .int(instance.cost.peakMemoryBytes),
      "attempts": .int(instance.attemptCount), "log": logPath.map(Value.string) ?? .null,
      "failure": instance.failure.map(Value.string) ?? .null,
    ])
  }
}
