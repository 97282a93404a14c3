import ArgumentParser
import Foundation
import Pipeline

@main
struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Runs declarative experiments and judges whether their claims hold.",
    version: Program.version,
    subcommands: [
      RunCommand.self, SweepCommand.self, PlanCommand.self, CheckCommand.self, ShowCommand.self,
      StatusCommand.self, RunsCommand.self, LogsCommand.self, CancelCommand.self,
      ResultsCommand.self, ReportCommand.self, GraphCommand.self, CompareCommand.self,
      ExpectCommand.self, LineageCommand.self, ExplainCommand.self, StagesCommand.self,
      AssetsCommand.self, CacheCommand.self, DoctorCommand.self,
      VerifyCommand.self, BenchCommand.self, SchemaCommand.self, InitCommand.self, NewCommand.self,
      CompletionsCommand.self, WorkerCommand.self,
    ])

  /// Parses, runs and turns whatever happens into one of the documented exit codes.
  static func main() {
    // A reader who has seen enough, as `head` has, ends no run; child processes get the default.
    signal(SIGPIPE, SIG_IGN)
    do {
      let verbs = configuration.subcommands.compactMap { $0.configuration.commandName }
      var command = try parseAsRoot(
        ConfigurationFile.applied(to: Array(CommandLine.arguments.dropFirst()), verbs: verbs))
      try command.run()
    } catch let error as Exit {
      Foundation.exit(error.status.rawValue)
    } catch {
      Foundation.exit(report(error).rawValue)
    }
  }

  private static func report(_ error: any Error) -> ExitStatus {
    if exitCode(for: error) == .success {  // help and version are thrown, too
      print(fullMessage(for: error))
      return .ok
    }
    if let known = Failure(error) {
      Terminal.standardError.write(known.text + "\n")
      return known.status
    }
    Terminal.standardError.write(fullMessage(for: error) + "\n")
    if exitCode(for: error) == .validationFailure { return .usage }
    Terminal.standardError.write(
      "this is a bug of pipeline \(Program.version): please report it with the text above and the "
        + "command: \(CommandLine.arguments.joined(separator: " "))\n")
    return .internalError
  }
}

/// Facts about this program.
enum Program {
  static let version = "0.1.0"

  /// The file that is being executed, for worker processes.
  static let path =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
    ?? CommandLine.arguments[0]
}

/// Ends the program with a status after everything has been said.
struct Exit: Error {
  let status: ExitStatus
}
