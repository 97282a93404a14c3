import Foundation
import Pipeline

/// An error that has words for the user and an exit code.
struct Failure {
  let text: String
  let status: ExitStatus
  /// What is wrong with the specification or with what changes it.
  var diagnostics: [Diagnostic] = []

  /// `nil` for errors that nobody foresaw.
  init?(_ error: any Error) {
    let refusal = error as? FileError ?? FileError(foundation: error)
    let error = refusal.map { StoreError($0) } ?? error
    switch error {
    case let errors as SpecErrors:
      text = errors.rendered(usesColor: Terminal.standardError.usesColor(.auto))
      status = .invalidSpecification
      diagnostics = errors.diagnostics
    case let diagnostic as Diagnostic:
      text = Failure.text(of: diagnostic)
      status = .invalidSpecification
      diagnostics = [diagnostic]
    case let error as StoreError:
      text = Failure.text(of: error.diagnostic)
      status = error.exitStatus
    case let error as TableDataError:
      text = "error: a stored table cannot be read: \(error)"
      status = .damaged
    case let failure as StageFailure:
      text = "error: \(failure)"
      status = failure.failureClass == .environment ? .environment : .stagesFailed
    default:
      return nil
    }
  }

  /// What stands on standard output under `--json` in place of a result; `nil` where the
  /// specification is not at fault.
  var jsonValue: Value? {
    diagnostics.isEmpty
      ? nil
      : .map([
        "exit_code": .int(Int(status.rawValue)),
        "diagnostics": .list(diagnostics.map(\.jsonValue)),
      ])
  }

  private static func text(of diagnostic: Diagnostic) -> String {
    DiagnosticRenderer(
      sources: SourceTexts(), usesColor: Terminal.standardError.usesColor(.auto)
    ).render([diagnostic])
  }
}

extension Diagnostic {
  var jsonValue: Value {
    .map([
      "severity": .string(severity.rawValue), "file": location.map { .string($0.file) } ?? .null,
      "line": location.map { .int($0.line) } ?? .null,
      "column": location.map { .int($0.column) } ?? .null,
      "what": .string(what), "why": .string(why), "fix": .string(fix),
    ])
  }
}
