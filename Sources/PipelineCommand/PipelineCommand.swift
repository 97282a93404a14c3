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
    let verbs = configuration.subcommands.compactMap { $0.configuration.commandName }
    let arguments = GlobalOptions.behindVerb(Array(CommandLine.arguments.dropFirst()))
    var verb: (any ParsableCommand.Type)?
    var asksJSON = false
    do {
      let words = try ConfigurationFile.applied(to: arguments, verbs: verbs)
      var command = try parseAsRoot(words)
      asksJSON = words.prefix { $0 != "--" }.contains("--json")
      verb = type(of: command)
      try command.run()
    } catch let error as Exit {
      Foundation.exit(error.status.rawValue)
    } catch let error as ValidationError where verb != nil {
      let words = verb.flatMap { path(to: $0, from: self) } ?? []
      let help = (words + ["--help"]).joined(separator: " ")
      Terminal.standardError.write("Error: \(error.message)\n  See 'pipeline \(help)'.\n")
      Foundation.exit(ExitStatus.usage.rawValue)
    } catch {
      if let word = arguments.first, verb == nil, !word.hasPrefix("-"), word != "help",
        !verbs.contains(word)
      {
        let nearest = nearestName(to: word, in: verbs).map { "; did you mean '\($0)'?" } ?? ""
        Terminal.standardError.write(
          "Error: there is no verb '\(word)'\(nearest)\n  See 'pipeline --help'.\n")
        Foundation.exit(ExitStatus.usage.rawValue)
      }
      Foundation.exit(report(error, asksJSON: asksJSON).rawValue)
    }
  }

  /// The words that call a verb, such as `cache rm`.
  private static func path(
    to verb: any ParsableCommand.Type, from parent: any ParsableCommand.Type
  ) -> [String]? {
    if verb == parent { return [] }
    for child in parent.configuration.subcommands {
      let name = child.configuration.commandName ?? String(describing: child).lowercased()
      if let rest = path(to: verb, from: child) { return [name] + rest }
    }
    return nil
  }

  private static func report(_ error: any Error, asksJSON: Bool) -> ExitStatus {
    if exitCode(for: error) == .success {  // help and version are thrown, too
      print(fullMessage(for: error))
      return .ok
    }
    if let known = Failure(error) {
      Terminal.standardError.write(known.text + "\n")
      if asksJSON, let value = known.jsonValue { print(value.canonicalJSON) }
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
