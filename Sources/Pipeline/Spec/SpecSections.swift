/// The top level of a specification with its includes merged in.
///
/// Included files come first, in order; maps merge by key. A key that is set twice is an error
/// unless the later one stands under `override:`.
struct SpecSections {
  /// `version`, `name`, `title` and `paper` of the file itself.
  private(set) var head: [String: YAMLNode] = [:]
  private(set) var maps: [String: [YAMLNode.Entry]] = [:]
  private(set) var expect: [YAMLNode] = []
  private(set) var sources = SourceTexts()
  /// Every name written in a section, also those that are no valid names.
  private(set) var names: [String: [String]] = [:]
  /// Sections that are no maps: what they were to declare is not known.
  private(set) var unreadable: Set<String> = []
  /// Whether all files could be read: names may be declared in those that could not.
  private(set) var isComplete = true

  static let mapKeys = ["params", "axes", "profiles", "defaults", "stages", "tables", "plots"]
  static let headKeys = ["version", "name", "title", "paper"]
  private static let includeDepth = 16

  private let reader: SourceReader
  private let errors: DiagnosticCollector
  private var finished: Set<String> = []

  init(file: String, reader: SourceReader, errors: DiagnosticCollector) {
    self.reader = reader
    self.errors = errors
    let path = Self.normalised(file)
    let root = path.hasPrefix("/") ? Self.folder(of: path) : ""
    add(path, shownAs: file, from: nil, root: root, open: [])
  }

  /// Reads a file and what it includes; recursion is bounded by ``includeDepth``.
  private mutating func add(
    _ path: String, shownAs name: String, from place: SourceLocation?, root: String, open: [String]
  ) {
    guard !finished.contains(path) else { return }
    guard !open.contains(path), open.count < Self.includeDepth else {
      let cycle = (open.drop { $0 != path } + [path]).joined(separator: " -> ")
      errors.error(
        at: place, "files include each other: \(cycle)", why: "includes form a tree",
        fix: "remove one of these includes")
      isComplete = false
      return
    }
    guard let node = parse(path, shownAs: name, from: place) else {
      isComplete = false
      return
    }
    let isMain = place == nil
    let keys =
      (isMain ? Self.headKeys : ["version"]) + ["include"] + Self.mapKeys + ["expect", "override"]
    let subject = isMain ? "the specification" : "the included file"
    guard let map = MapReader(node, subject, keys: keys, errors) else {
      isComplete = false
      return
    }
    if isMain { for key in Self.headKeys { head[key] = map[key] } }
    for (text, item) in errors.texts(map["include"], "'include'") {
      let target = Self.normalised(Self.folder(of: path) + text)
      let isInside = root.isEmpty ? !target.hasPrefix("/") : target.hasPrefix(root)
      guard isInside, !text.hasPrefix("/"), !target.hasPrefix("../") else {
        errors.error(
          at: item.location, "'\(text)' lies outside the project",
          why: "a specification and its includes stay in one folder tree",
          fix: "copy the file into the project")
        isComplete = false
        continue
      }
      add(target, shownAs: target, from: item.location, root: root, open: open + [path])
    }
    merge(map)
    finished.insert(path)
  }

  private mutating func parse(
    _ path: String, shownAs name: String, from place: SourceLocation?
  ) -> YAMLNode? {
    switch reader.read(path) {
    case .success(let bytes):
      let kept = bytes.prefix(YAMLLimits.byteCount)
      sources.add(SourceText(file: name, text: String(decoding: kept, as: UTF8.self)))
      guard let node = YAMLNode(yaml: bytes, file: name, errors: errors) else { return nil }
      guard node.isNull else { return node }
      errors.error(
        at: SourceLocation(whole: name), "the file holds no specification",
        why: "it is empty or has only comments", fix: "start with: version: 1")
      return nil
    case .failure(let failure):
      errors.error(
        at: place ?? SourceLocation(whole: name),
        place == nil ? failure.what : "cannot include '\(name)': \(failure.what)",
        fix: failure.fix)
      return nil
    }
  }

  private mutating func merge(_ map: MapReader) {
    for key in Self.mapKeys { merge(map[key], into: key, replaces: false) }
    if let node = map["expect"] {
      if let items = node.items {
        expect += items
      } else {
        errors.mismatch(node, "'expect'", expected: "a list of claims")
      }
    }
    guard let node = map["override"],
      let overriding = MapReader(node, "'override'", keys: Self.mapKeys, errors)
    else { return }
    for key in Self.mapKeys { merge(overriding[key], into: key, replaces: true) }
  }

  private mutating func merge(_ node: YAMLNode?, into section: String, replaces: Bool) {
    let written = (node?.entries ?? []).map(\.key).filter { !$0.hasPrefix("x-") }
    names[section, default: []] += written
    if let node, !node.isNull, node.entries == nil { unreadable.insert(section) }
    var merged = maps[section] ?? []
    var places = Dictionary(
      merged.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in errors.named(node, "'\(section)'") {
      guard let place = places[entry.key] else {
        if replaces, isComplete {
          errors.error(
            at: entry.keyLocation, "there is no '\(entry.key)' in '\(section)' to override",
            fix: DiagnosticCollector.remedy(
              for: entry.key, among: merged.map(\.key), none: "write it outside of 'override'"))
        }
        places[entry.key] = merged.count
        merged.append(entry)
        continue
      }
      if !replaces {
        errors.error(
          at: entry.keyLocation, "'\(entry.key)' is set in two files",
          why: "'\(section)' has it already (\(merged[place].keyLocation.shortText))",
          fix: "remove one, or write the later one under 'override: {\(section): ...}'")
      }
      merged[place] = entry
    }
    maps[section] = merged
  }

  /// The folder with its '/', empty for a bare name.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// Without `.` and `..` where they can be resolved by the text alone.
  static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
