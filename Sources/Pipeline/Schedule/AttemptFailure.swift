import Foundation

/// Why an attempt at a stage failed, in the four parts of every message, with the end of its log.
package struct AttemptFailure: Error, Hashable, Sendable, Codable {
  package enum Class: String, Sendable, Codable {
    /// The data or parameters are at fault.
    case input
    /// The machine is at fault: a file is missing, the disk is full.
    case environment
    /// Another process kept the store locked for too long.
    case busy
    /// The store is damaged.
    case damage
    case timeout
    /// It used more memory than it may.
    case memory
    /// The worker process trapped or ended without a word.
    case crash
    /// The worker process was killed from outside.
    case lost
    /// The run is being stopped.
    case cancelled
    /// A bug of this program.
    case `internal`
  }

  package let failureClass: Class
  /// Parameter, file or input slot at fault; the stage itself when empty.
  package let location: String
  package let what: String
  package let why: String
  package let fix: String
  /// The last lines of the attempt's log, oldest first.
  package var logTail: [String]

  package init(
    _ failureClass: Class, at location: String = "", _ what: String, why: String = "",
    fix: String = "", logTail: [String] = []
  ) {
    self.failureClass = failureClass
    self.location = location
    self.what = what
    self.why = why
    self.fix = fix
    self.logTail = logTail
  }

  /// Sorts whatever an attempt threw into the classes.
  package init(_ error: any Error) {
    switch error {
    case let failure as AttemptFailure:
      self = failure
    case let failure as StageFailure:
      self.init(
        failure.failureClass == .input ? .input : .environment, at: failure.location, failure.what,
        why: failure.why, fix: failure.fix)
    case is StageCancelled:
      self.init(.cancelled, "stopped because the run is being stopped")
    case let error as StoreError:
      self.init(error)
    case let error as FileError:
      self.init(StoreError(error))
    default:
      if let refusal = FileError(foundation: error) {
        self.init(StoreError(refusal))
      } else {
        self.init(.internal, "\(error)", why: "the stage threw an error without an explanation")
      }
    }
  }

  private init(_ error: StoreError) {
    let words = error.diagnostic
    let failureClass: Class =
      switch error.exitStatus {
      case .timedOut: .busy
      case .damaged: .damage
      default: .environment
      }
    self.init(failureClass, words.what, why: words.why, fix: words.fix)
  }

  /// What a run tells its caller when this is all that went wrong.
  var exitStatus: ExitStatus {
    switch failureClass {
    case .environment: .environment
    case .busy: .timedOut
    case .damage: .damaged
    case .cancelled: .interrupted
    case .input, .timeout, .memory, .crash, .lost, .internal: .stagesFailed
    }
  }

  /// Whether a retry may follow this end.
  func isRetried(by causes: Set<Resources.RetryCause>) -> Bool {
    switch failureClass {
    case .cancelled: false
    case .timeout: causes.contains(.timeout)
    case .lost: causes.contains(.lost)
    case .input, .environment, .busy, .damage, .memory, .crash, .internal: causes.contains(.failed)
    }
  }
}

extension AttemptFailure: CustomStringConvertible {
  package var description: String {
    var text = location.isEmpty ? what : "\(location): \(what)"
    if !why.isEmpty { text += "\n  \(why)" }
    if !fix.isEmpty { text += "\n  fix: \(fix)" }
    return text
  }
}
