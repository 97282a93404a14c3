/// Values from outside the specification.
extension SpecResolution {
  /// Applies a file of the form `{parameter: value, axes: {NAME: [...]}}`.
  ///
  /// - Returns: the file's text, for diagnostics; `nil` when it cannot be read.
  mutating func apply(setFile file: String, reader: SourceReader) -> SourceText? {
    let bytes: [UInt8]
    switch reader.read(file) {
    case .success(let content): bytes = content
    case .failure(let failure):
      errors.error(
        at: SourceLocation(whole: SourceLocation.commandLine),
        "--set-file \(file): \(failure.what)", fix: failure.fix)
      return nil
    }
    let text = SourceText(
      file: file, text: String(decoding: bytes.prefix(YAMLLimits.byteCount), as: UTF8.self))
    guard let node = YAMLNode(yaml: bytes, file: file, errors: errors) else { return text }
    let entries = errors.named(node, "the set file")
    let why = "a set file gives other values to declared"
    for entry in entries where entry.key != Self.axesKey || entry.value.entries == nil {
      set(parameter: entry, origin: "set file", why: "\(why) parameters")
      overrides.append("\(entry.key)=\(entry.value.value.plainText)")
    }
    for entry in errors.named(node[Self.axesKey], "axes of the set file")
    where node[Self.axesKey]?.entries != nil {
      set(axis: entry, origin: "set file", why: "\(why) axes", narrows: true)
      overrides.append("\(Self.axesKey).\(entry.key)=\(entry.value.value.canonicalJSON)")
    }
    return text
  }

  /// Applies `--seed`.
  mutating func apply(seed: Int) {
    if axes.contains(where: { $0.name == Self.seedName }) {
      apply(override: "axes.\(Self.seedName)=[\(seed)]")
    } else if spec.parameters.contains(where: { $0.name == Self.seedName }) {
      apply(override: "\(Self.seedName)=\(seed)")
    } else if !spec.declares(Self.seedName, in: "axes"), !isReported(Self.seedName) {
      errors.error(
        at: SourceLocation(whole: SourceLocation.commandLine),
        "--seed \(seed): the specification has neither an axis nor a parameter 'seed'",
        why: "the option sets the one that is there",
        fix: "declare axes: {seed: [1]} and use ${matrix.seed}, or remove the option")
    }
  }

  private static let axesKey = "axes"
  private static let seedName = "seed"
}
