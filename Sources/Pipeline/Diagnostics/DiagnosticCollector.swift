/// Gathers the diagnostics of one reading, so that a user sees all mistakes at once.
final class DiagnosticCollector {
  /// How many are shown; the rest are only counted.
  static let limit = 50

  /// A mistake and where it is; what is said beside that may depend on the profile.
  private struct Finding: Hashable {
    let location: SourceLocation?
    let severity: Diagnostic.Severity
    let what: String
  }

  private var seen: Set<Finding> = []
  private(set) var all: [Diagnostic] = []

  /// How many findings came in, the same one each time again: by it a reader sees whether what it
  /// has read is sound.
  private(set) var findingCount = 0

  var isEmpty: Bool { all.isEmpty }

  /// Adds a finding; the same finding twice (from two instances of a stage, or under two profiles) is
  /// shown once.
  func add(_ diagnostic: Diagnostic) {
    findingCount += 1
    let finding = Finding(
      location: diagnostic.location, severity: diagnostic.severity, what: diagnostic.what)
    if seen.insert(finding).inserted { all.append(diagnostic) }
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
