import ArgumentParser

@main
struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pipeline")
}
