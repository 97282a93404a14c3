/// Defaults of command-line options, read from a YAML file:
///
///     global: {color: never, data: [/srv/data]}
///     run: {jobs: 4, memory: 8GiB, keep-going: true}
///
/// Keys are verbs, or `global` for all of them; below stand the long names of options. `true` sets
/// a flag, `false` leaves it out, a list gives an option several times.
package struct OptionDefaults: Sendable {
  private let sections: [String: [YAMLNode.Entry]]

  package static let globalSection = "global"

  /// - Parameters:
  ///   - file: path, relative to the current folder.
  ///   - verbs: that the program knows.
  ///   - reader: gives the file's text.
  /// - Throws: every mistake in the file.
  package init(
    file: String, verbs: [String], reader: SourceReader = .disk
  ) throws(SpecErrors) {
    let errors = DiagnosticCollector()
    var sources = SourceTexts()
    var sections: [String: [YAMLNode.Entry]] = [:]
    switch reader.read(file) {
    case .failure(let failure):
      errors.error(
        at: SourceLocation(whole: SourceLocation.commandLine), "--config \(file): \(failure.what)",
        fix: failure.fix)
    case .success(let bytes):
      sources.add(
        SourceText(
          file: file, text: String(decoding: bytes.prefix(YAMLLimits.byteCount), as: UTF8.self)))
      let keys = [Self.globalSection] + verbs
      if let node = YAMLNode(yaml: bytes, file: file, errors: errors),
        let map = MapReader(node, "the configuration", keys: keys, errors)
      {
        for key in keys { sections[key] = Self.options(map[key], key, errors) }
      }
    }
    guard errors.isEmpty else {
      throw SpecErrors(diagnostics: errors.sorted, sources: sources)
    }
    self.sections = sections
  }

  private static func options(
    _ node: YAMLNode?, _ section: String, _ errors: DiagnosticCollector
  ) -> [YAMLNode.Entry] {
    guard let node else { return [] }
    guard let entries = node.entries else {
      errors.mismatch(node, "'\(section)'", expected: "a map from options to values")
      return []
    }
    return entries.filter { entry in
      let isMap = (entry.value.items ?? [entry.value]).contains { $0.text == nil }
      if isMap {
        errors.mismatch(entry.value, "option '\(entry.key)'", expected: "a value or a list of them")
      }
      return !isMap
    }
  }

  /// The options of a verb as the command line has them.
  package func arguments(for verb: String) -> [String] {
    let entries = sections[Self.globalSection, default: []] + sections[verb, default: []]
    return entries.flatMap { entry in
      let option = "--" + entry.key
      return (entry.value.items ?? [entry.value]).flatMap { item -> [String] in
        switch item.value {
        case .bool(true): [option]
        case .bool(false): []
        default: [option, item.text ?? ""]
        }
      }
    }
  }
}
