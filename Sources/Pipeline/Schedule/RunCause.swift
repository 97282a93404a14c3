/// Why an instance was computed in a run although it might have been taken from the store.
package enum RunCause: String, Sendable {
  /// No result was stored under its key.
  case missing
  /// The user asked for it.
  case forced
  /// Its result was stored, but not the contents that a later stage needed.
  case restored
  /// It was not computed, or an earlier version of the program did not note why.
  case unknown

  /// One clause for `explain`.
  var text: String {
    switch self {
    case .missing: "it ran: no result was stored under its key"
    case .forced: "it ran: it was forced (--force or --no-cache)"
    case .restored: "it ran: a later stage needed its contents, which were no longer stored"
    case .unknown: "it ran: no result was stored under its key, or it was forced"
    }
  }
}
