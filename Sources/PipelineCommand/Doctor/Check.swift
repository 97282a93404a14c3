import Pipeline

/// One thing that `doctor` looked at.
struct Check {
  enum State: String {
    case fine, note, broken

    var mark: String {
      switch self {
      case .fine: "ok  "
      case .note: "note"
      case .broken: "FAIL"
      }
    }
  }

  let name: String
  let state: State
  let detail: String
  /// What to do about it; empty when there is nothing to do.
  var remedy = ""
  /// The exit code that a broken state asks for.
  var status = ExitStatus.ok

  static func fine(_ name: String, _ detail: String) -> Check {
    Check(name: name, state: .fine, detail: detail)
  }

  static func note(_ name: String, _ detail: String, remedy: String) -> Check {
    Check(name: name, state: .note, detail: detail, remedy: remedy)
  }

  static func broken(
    _ name: String, _ detail: String, remedy: String, _ status: ExitStatus
  ) -> Check {
    Check(name: name, state: .broken, detail: detail, remedy: remedy, status: status)
  }

  static func broken(_ name: String, _ error: StoreError) -> Check {
    let words = error.diagnostic
    return .broken(name, words.what, remedy: words.fix, error.exitStatus)
  }

  var text: String {
    "\(state.mark)  \(name): \(detail)\n" + (remedy.isEmpty ? "" : "      fix: \(remedy)\n")
  }

  var jsonValue: Value {
    .map([
      "check": .string(name), "state": .string(state.rawValue), "detail": .string(detail),
      "fix": .string(remedy),
    ])
  }
}
