/// What the program tells its caller; the one list of exit codes.
package enum ExitStatus: Int32, Sendable {
  case ok = 0
  /// The run ended with failed stages.
  case stagesFailed = 1
  case usage = 2
  /// Specification or override invalid.
  case invalidSpecification = 3
  /// All stages are fine but an expectation failed.
  case expectationFailed = 4
  /// A difference or work to do, where `--exit-code` asked for it.
  case difference = 5
  /// Timed out waiting for another process.
  case timedOut = 6
  /// Cache or database damage, or nondeterminism, found.
  case damaged = 7
  /// Missing data file, disk full, unwritable folder.
  case environment = 8
  /// A bug of this program.
  case internalError = 70
  case interrupted = 130
  case terminated = 143
}
