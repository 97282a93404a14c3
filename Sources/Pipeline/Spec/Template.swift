/// A node whose `${...}` expressions are parsed, ready to be evaluated once per instance.
///
/// A scalar that is one whole `${...}` keeps the value's type; inside a longer text the value's plain
/// text is inserted. `$${` stands for the characters `${`. Quoted scalars hold expressions too.
indirect enum Template: Sendable {
  case constant(Value)
  case whole(Expression, Site)
  case text([Piece])
  case list([Template])
  case map([String: Template])
  /// A value whose mistake is reported already; nobody evaluates it.
  case malformed

  enum Piece: Sendable {
    case literal(String)
    case expression(Expression, Site)
  }

  /// Where an expression stands: the scalar, and how far into its text.
  struct Site: Sendable {
    let scalar: SourceLocation
    /// Scalars before the expression's first character; `nil` when escapes or line breaks make
    /// the column of a character unknown.
    let offset: Int?

    /// The place of a character of the expression.
    func location(_ inner: Int) -> SourceLocation {
      guard let offset else { return scalar }
      return SourceLocation(
        file: scalar.file, line: scalar.line, column: scalar.column + offset + inner)
    }
  }

  /// Reports every malformed expression below `node`; `nil` when there is one.
  init?(_ node: YAMLNode, _ errors: DiagnosticCollector) {
    switch node.content {
    case .scalar(let text, _):
      guard text.contains("${") else {
        self = .constant(node.value)
        return
      }
      do {
        self = try Template.scalar(text, at: node.location)
      } catch {
        errors.add(error)
        return nil
      }
    case .list(let items):
      let templates = items.map { Template($0, errors) }
      guard !templates.contains(where: { $0 == nil }) else { return nil }
      self = Template.list(templates.compactMap(\.self)).folded
    case .map(let entries):
      var fields: [String: Template] = [:]
      for entry in entries { fields[entry.key] = Template(entry.value, errors) }
      guard fields.count == entries.count else { return nil }
      self = Template.map(fields).folded
    }
  }

  /// The value in a scope; `nil` when an expression fails. Every one that does is reported.
  func evaluate(in scope: ExpressionScope, _ errors: DiagnosticCollector) -> Value? {
    switch self {
    case .constant(let value): return value
    case .malformed: return nil
    case .whole(let expression, let site):
      return Template.value(of: expression, at: site, in: scope, errors)
    case .text(let pieces):
      let texts = pieces.map { piece -> String? in
        switch piece {
        case .literal(let literal): literal
        case .expression(let expression, let site):
          Template.value(of: expression, at: site, in: scope, errors)?.plainText
        }
      }
      let known = texts.compactMap(\.self)
      return known.count == texts.count ? .string(known.joined()) : nil
    case .list(let items):
      let values = items.compactMap { $0.evaluate(in: scope, errors) }
      return values.count == items.count ? .list(values) : nil
    case .map(let fields):
      let values = fields.compactMapValues { $0.evaluate(in: scope, errors) }
      return values.count == fields.count ? .map(values) : nil
    }
  }

  /// A collection of constants is a constant.
  private var folded: Template {
    switch self {
    case .list(let items):
      let constants = items.compactMap(\.constantValue)
      return constants.count == items.count ? .constant(.list(constants)) : self
    case .map(let fields):
      let constants = fields.compactMapValues(\.constantValue)
      return constants.count == fields.count ? .constant(.map(constants)) : self
    default: return self
    }
  }

  /// The value of a template without expressions.
  var constantValue: Value? {
    if case .constant(let value) = self { value } else { nil }
  }

  var isMalformed: Bool {
    if case .malformed = self { true } else { false }
  }

  private static func value(
    of expression: Expression, at site: Site, in scope: ExpressionScope,
    _ errors: DiagnosticCollector
  ) -> Value? {
    do {
      return try expression.evaluate(in: scope)
    } catch {
      errors.error(at: site.location(error.offset), error.what, fix: error.fix)
      return nil
    }
  }
}

extension Template {
  private static func scalar(
    _ text: String, at location: SourceLocation
  ) throws(Diagnostic) -> Template {
    let scalars = Array(text.unicodeScalars)
    // Plain: the text is the source. Quoted without escapes: one quote stands before it.
    let leading: Int? =
      switch location.length - scalars.count {
      case 0: 0
      case 2: 1
      default: nil
      }
    var pieces: [Piece] = []
    var literal = String.UnicodeScalarView()
    var at = 0
    while at < scalars.count {
      let rest = scalars[at...]
      if rest.starts(with: "$${".unicodeScalars) {
        literal.append(contentsOf: "${".unicodeScalars)
        at += 3
      } else if rest.starts(with: "${".unicodeScalars) {
        if !literal.isEmpty { pieces.append(.literal(String(literal))) }
        literal = String.UnicodeScalarView()
        let site = Site(scalar: location, offset: leading.map { $0 + at + 2 })
        let source = try inside(scalars, from: at + 2, at: site)
        pieces.append(.expression(try parsed(source, at: site), site))
        at += source.unicodeScalars.count + 3
      } else {
        literal.append(scalars[at])
        at += 1
      }
    }
    if !literal.isEmpty { pieces.append(.literal(String(literal))) }
    if pieces.count == 1, case .expression(let expression, let site) = pieces[0] {
      return .whole(expression, site)
    }
    return .text(pieces)
  }

  /// The text up to the closing brace; braces within strings do not count.
  private static func inside(
    _ scalars: [Unicode.Scalar], from start: Int, at site: Site
  ) throws(Diagnostic) -> String {
    var quote: Unicode.Scalar?
    var text = String.UnicodeScalarView()
    for index in start..<scalars.count {
      let scalar = scalars[index]
      if let open = quote {
        if scalar == open { quote = nil }
      } else if scalar == "'" || scalar == "\"" {
        quote = scalar
      } else if scalar == "}" {
        return String(text)
      } else if scalar == "{" {
        throw Diagnostic(
          at: site.location(index - start), "expressions do not nest",
          fix: "close the outer '${' with '}' first")
      }
      text.append(scalar)
    }
    throw Diagnostic(
      at: site.location(-2), "the expression is not closed",
      fix: "add '}'; write '$${' for the characters '${'")
  }

  private static func parsed(_ source: String, at site: Site) throws(Diagnostic) -> Expression {
    do {
      return try ExpressionParser.parse(source)
    } catch {
      throw Diagnostic(at: site.location(error.offset), error.what, fix: error.fix)
    }
  }
}
