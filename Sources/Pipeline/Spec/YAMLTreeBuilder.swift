/// Builds the node tree from events with a stack of its own, so that no input can exhaust ours.
struct YAMLTreeBuilder {
  private(set) var root: YAMLNode?
  /// Whether the tree is unusable: a limit was hit or something has no meaning here.
  private(set) var hasFailed = false

  private let file: String
  private let errors: DiagnosticCollector
  private var frames: [Frame] = []
  private var anchors: [String: YAMLNode] = [:]
  private var aliasNodes = 0
  private var hasDocument = false

  /// A list or map that is still open.
  private struct Frame {
    let isMap: Bool
    let anchor: String?
    let location: SourceLocation
    var items: [YAMLNode] = []
    var entries: [YAMLNode.Entry] = []
    var merged: [YAMLNode.Entry] = []
    var keyLines: [String: Int] = [:]
    var key: (text: String, isPlain: Bool, location: SourceLocation)?
  }

  init(file: String, errors: DiagnosticCollector) {
    self.file = file
    self.errors = errors
  }

  /// - Returns: whether reading may go on.
  mutating func accept(_ event: YAMLEvent) -> Bool {
    let location = SourceLocation(
      file: file, line: event.line, column: event.column, length: event.length)
    if let tag = event.tag {
      return fail(
        at: location, "the tag '\(tag)' is not supported", why: "types follow from the text alone",
        fix: "remove the tag; quote the value to make it a string")
    }
    switch event.kind {
    case .documentStart: return startDocument(at: location)
    case .scalar(let text, let isPlain):
      if needsKey { return takeKey(text, isPlain: isPlain, at: location) }
      return complete(
        YAMLNode(.scalar(text, isPlain: isPlain), at: location), anchor: event.anchor)
    case .listStart, .mapStart:
      guard frames.count < YAMLLimits.depth else { return failDepth(at: location) }
      if needsKey { return failKey(at: location) }
      var isMap = false
      if case .mapStart = event.kind { isMap = true }
      frames.append(Frame(isMap: isMap, anchor: event.anchor, location: location))
      return true
    case .collectionEnd: return closeFrame()
    case .alias(let name): return takeAlias(name, at: location)
    }
  }

  /// Whether the next node is the key of a map's entry.
  private var needsKey: Bool {
    guard let frame = frames.last else { return false }
    return frame.isMap && frame.key == nil
  }

  private mutating func startDocument(at location: SourceLocation) -> Bool {
    if hasDocument {
      return fail(
        at: location, "a second document starts here",
        why: "a specification is one YAML document", fix: "remove the '---', or split the file")
    }
    hasDocument = true
    return true
  }

  private mutating func takeKey(
    _ text: String, isPlain: Bool, at location: SourceLocation
  ) -> Bool {
    frames[frames.count - 1].key = (text, isPlain, location)
    return true
  }

  private mutating func takeAlias(_ name: String, at location: SourceLocation) -> Bool {
    if needsKey { return failKey(at: location) }
    guard let node = anchors[name] else {
      let isOpen = frames.contains { $0.anchor == name }
      let nearest = nearestName(to: name, in: anchors.keys.sorted())
      return fail(
        at: location,
        isOpen ? "the anchor '\(name)' contains itself" : "there is no anchor '\(name)'",
        why: isOpen ? "" : "an alias (*\(name)) stands after its anchor (&\(name))",
        fix: nearest.map { "did you mean '*\($0)'?" } ?? "write the value here")
    }
    aliasNodes += node.size
    if aliasNodes > YAMLLimits.aliasNodes {
      return fail(
        at: location, "aliases expand to more than \(YAMLLimits.aliasNodes) nodes",
        why: "nested aliases multiply", fix: "remove levels of aliases")
    }
    if frames.count + node.depth > YAMLLimits.depth { return failDepth(at: location) }
    return complete(node, anchor: nil)
  }

  private mutating func closeFrame() -> Bool {
    let frame = frames.removeLast()
    guard frame.isMap else {
      return complete(YAMLNode(.list(frame.items), at: frame.location), anchor: frame.anchor)
    }
    var known = Set(frame.entries.map(\.key))
    let inherited = frame.merged.filter { known.insert($0.key).inserted }
    return complete(
      YAMLNode(.map(frame.entries + inherited), at: frame.location), anchor: frame.anchor)
  }

  /// Hands a finished node to the open list or map, or makes it the root.
  private mutating func complete(_ node: YAMLNode, anchor: String?) -> Bool {
    if let anchor { anchors[anchor] = node }
    guard let top = frames.indices.last else {
      root = node
      return true
    }
    guard frames[top].isMap else {
      frames[top].items.append(node)
      return true
    }
    guard let key = frames[top].key else { return failKey(at: node.location) }
    frames[top].key = nil
    if key.text == "<<", key.isPlain { return merge(node, into: top) }
    if let line = frames[top].keyLines[key.text] {
      errors.error(
        at: key.location, "the key '\(key.text)' is given twice",
        why: "it stands on line \(line) already", fix: "keep one of the two")
      return true
    }
    frames[top].keyLines[key.text] = key.location.line
    frames[top].entries.append(
      YAMLNode.Entry(key: key.text, keyLocation: key.location, value: node))
    return true
  }

  private mutating func merge(_ node: YAMLNode, into top: Int) -> Bool {
    for source in node.items ?? [node] {
      guard let entries = source.entries else {
        return fail(
          at: source.location, "'<<' takes a map or a list of maps",
          why: "it copies their keys into this map", fix: "write <<: *name_of_a_map")
      }
      frames[top].merged += entries
    }
    return true
  }

  private mutating func failDepth(at location: SourceLocation) -> Bool {
    fail(
      at: location, "lists and maps are nested more than \(YAMLLimits.depth) levels deep",
      why: "no specification needs that", fix: "check for unclosed brackets")
  }

  private mutating func failKey(at location: SourceLocation) -> Bool {
    fail(
      at: location, "a key must be a plain word", why: "lists, maps and aliases cannot be keys",
      fix: "quote a text that starts with [, { or *")
  }

  private mutating func fail(
    at location: SourceLocation, _ what: String, why: String, fix: String
  ) -> Bool {
    errors.error(at: location, what, why: why, fix: fix)
    hasFailed = true
    return false
  }
}
