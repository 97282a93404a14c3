import Foundation
import Pipeline

/// An error that has words for the user and an exit code.
struct Failure {
  let text: String
  let status: ExitStatus

  /// `nil` for errors that nobody foresaw.
  init?(_ error: any Error) {
    let refusal = error as? FileError ?? FileError(foundation: error)
    let error = refusal.map { StoreError($0) } ?? error
    switch error {
    case let errors as SpecErrors:
      text = errors.rendered(usesColor: Terminal.standardError.usesColor(.auto))
      status = .invalidSpecification
    case let diagnostic as Diagnostic:
      text = Failure.text(of: diagnostic)
      status = .invalidSpecification
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

  private static func text(of diagnostic: Diagnostic) -> String {
    DiagnosticRenderer(
      sources: SourceTexts(), usesColor: Terminal.standardError.usesColor(.auto)
    ).render([diagnostic])
  }
}
