/// Picks stored results: by instance (`model[seed=1]`, `defense_*`), by `EXPERIMENT/INSTANCE`, or by
/// the first digits (8 or more) of a key.
package struct EntrySelector: Sendable {
  private let experiment: String?
  private let keyPrefix: String?
  private let instances: InstanceSelector

  /// - Throws: ``Diagnostic`` when the text is of none of these forms.
  package init(parsing text: String) throws(Diagnostic) {
    let isKey =
      text.utf8.count >= 8
      && (text + String(repeating: "0", count: 64))
        .prefix(64).description.isContentHash
    keyPrefix = isKey ? text : nil
    let bracket = text.firstIndex(of: "[") ?? text.endIndex
    if let slash = text[..<bracket].firstIndex(of: "/") {
      experiment = String(text[..<slash])
      instances = try InstanceSelector(parsing: String(text[text.index(after: slash)...]))
    } else {
      experiment = nil
      instances = try InstanceSelector(parsing: text)
    }
  }

  package func matches(_ entry: StoredEntry) -> Bool {
    if let keyPrefix, entry.key.hasPrefix(keyPrefix) { return true }
    if experiment == nil, instances.accepts(name: entry.instance) { return true }
    return entry.uses.contains { use in
      (experiment == nil || use.experiment == experiment)
        && instances.accepts(name: use.instance)
    }
  }
}
