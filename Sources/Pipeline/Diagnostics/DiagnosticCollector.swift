/// Gathers the diagnostics of one reading, so that a user sees all mistakes at once.
final class DiagnosticCollector {
  /// How many are shown; the rest are only counted.
  static let limit = 50

  private var seen: Set<Diagnostic> = []
  private(set) var all: [Diagnostic] = []

  var isEmpty: Bool { all.isEmpty }

  /// Adds a finding; the same finding twice (from two instances of a stage) counts once.
  func add(_ diagnostic: Diagnostic) {
    if seen.insert(diagnostic).inserted { all.append(diagnostic) }
  }

  func error(at location: SourceLocation?, _ what: String, why: String = "", fix: String = "") {
    add(Diagnostic(at: location, what, why: why, fix: fix))
  }

  /// At most ``limit`` diagnostics by file and position, and a last one that counts the rest.
  var sorted: [Diagnostic] {
    let ordered = all.sorted { Self.position($0) < Self.position($1) }
    guard ordered.count > Self.limit else { return ordered }
    let rest = Diagnostic(
      .note, at: ordered[Self.limit].location.map { SourceLocation(whole: $0.file) },
      "\(ordered.count - Self.limit) more errors are not shown",
      fix: "mend these first, then check again")
    return ordered.prefix(Self.limit) + [rest]
  }

  private static func position(_ diagnostic: Diagnostic) -> (Int, String, Int, Int) {
    guard let location = diagnostic.location else { return (1, "", 0, 0) }
    let isArgument = location.file == SourceLocation.commandLine
    return (isArgument ? 1 : 0, location.file, location.line, location.column)
  }
}

extension SourceLocation {
  /// A file as a whole: line 0.
  package init(whole file: String) {
    self.init(file: file, line: 0, column: 0)
  }
}
