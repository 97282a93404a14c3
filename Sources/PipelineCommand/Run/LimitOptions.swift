import ArgumentParser
import Foundation
import Pipeline

/// What a run may use, and how it goes about failures.
struct LimitOptions: ParsableArguments {
  enum Failures: String, EnumerableFlag {
    case failFast, keepGoing

    static func help(for value: Failures) -> ArgumentHelp? {
      switch value {
      case .failFast: "After a failure, start nothing new (default)."
      case .keepGoing: "After a failure, still run what does not need it."
      }
    }
  }

  @Option(help: "Cores that stages may use together (default: all).")
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Memory that stages may use together (512MiB, 8GB).", valueName: "size"))
  var memory: ByteCount?

  @Option(help: "Retries of a stage, instead of its own number.")
  var retries: Int?

  @Option(help: ArgumentHelp("Time limit of each stage (90s, 10m, 2h).", valueName: "duration"))
  var timeout: Seconds?

  @Flag(exclusivity: .chooseLast)
  var failures: Failures = .failFast

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs \(jobs): 1 to 1024") }
    if let retries, !(0...100).contains(retries) {
      throw ValidationError("--retries \(retries): 0 to 100")
    }
  }

  var runOptions: RunOptions {
    var options = RunOptions()
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.memoryBytes = memory?.bytes ?? Host.usableMemoryBytes
    options.maxRetries = retries
    options.timeoutSeconds = timeout?.value
    options.keepsGoing = failures == .keepGoing
    return options
  }
}
