import CYAML

/// One event of the YAML library's parser, in Swift values.
struct YAMLEvent {
  enum Kind {
    case documentStart
    case scalar(String, isPlain: Bool)
    case listStart
    case mapStart
    case collectionEnd
    case alias(String)
  }

  let kind: Kind
  let anchor: String?
  let tag: String?
  /// From 1; columns count Unicode scalars.
  let line: Int
  let column: Int
  /// Scalars up to the end if it lies on the same line, else 1.
  let length: Int
}

/// A text that is not YAML.
struct YAMLSyntaxError: Error {
  let line: Int
  let column: Int
  let problem: String
  /// What was being read ("while parsing a flow mapping"); may be empty.
  let context: String
  let contextLine: Int
}

/// Reads YAML text event by event; memory does not grow with nesting beyond the library's stack.
///
/// - Parameters:
///   - bytes: valid UTF-8.
///   - body: gets each event; returns whether to go on.
/// - Throws: ``YAMLSyntaxError``.
func readYAMLEvents(
  _ bytes: [UInt8], _ body: (YAMLEvent) -> Bool
) throws(YAMLSyntaxError) {
  // The library keeps a pointer to the parser inside the parser, so it may not move.
  let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  defer { parser.deallocate() }
  guard yaml_parser_initialize(parser) == 1 else {
    throw YAMLSyntaxError(
      line: 1, column: 1, problem: "out of memory", context: "", contextLine: 1)
  }
  defer { yaml_parser_delete(parser) }
  let outcome: Result<Void, YAMLSyntaxError> = bytes.withUnsafeBufferPointer { buffer in
    yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { return .failure(syntaxError(parser)) }
      defer { yaml_event_delete(&event) }
      if event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT { return .success(()) }
      if let swiftEvent = YAMLEvent(event), !body(swiftEvent) { return .success(()) }
    }
  }
  try outcome.get()
}

extension YAMLEvent {
  /// `nil` for events without meaning here (start of the stream, end of a document).
  fileprivate init?(_ event: yaml_event_t) {
    var anchor: UnsafeMutablePointer<yaml_char_t>?
    var tag: UnsafeMutablePointer<yaml_char_t>?
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      kind = .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
      (anchor, tag) = (scalar.anchor, scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      kind = .listStart
      (anchor, tag) = (event.data.sequence_start.anchor, event.data.sequence_start.tag)
    case YAML_MAPPING_START_EVENT:
      kind = .mapStart
      (anchor, tag) = (event.data.mapping_start.anchor, event.data.mapping_start.tag)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .collectionEnd
    case YAML_ALIAS_EVENT: kind = .alias(text(event.data.alias.anchor) ?? "")
    default: return nil
    }
    self.anchor = text(anchor)
    self.tag = text(tag)
    line = Int(event.start_mark.line) + 1
    column = Int(event.start_mark.column) + 1
    let isOneLine = event.start_mark.line == event.end_mark.line
    length = isOneLine ? max(1, Int(event.end_mark.column) - Int(event.start_mark.column)) : 1
  }
}

private func text(_ pointer: UnsafePointer<yaml_char_t>?) -> String? {
  pointer.map { String(cString: $0) }
}

private func syntaxError(_ parser: UnsafePointer<yaml_parser_t>) -> YAMLSyntaxError {
  let failed = parser.pointee
  let problem = failed.problem.map { String(cString: $0) } ?? "out of memory"
  // Errors of the character reader carry no mark of their own: the place reached is near enough.
  let mark = failed.error == YAML_READER_ERROR ? failed.mark : failed.problem_mark
  return YAMLSyntaxError(
    line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem,
    context: failed.context.map { String(cString: $0) } ?? "",
    contextLine: Int(failed.context_mark.line) + 1)
}
