import ArgumentParser
import Foundation
import Pipeline
import Stages

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Runs one stage from a job folder.", shouldDisplay: false)

  @Option(help: "Folder with job.json.")
  var job: String

  func run() throws {
    try Worker.run(jobFolder: URL(filePath: job), registry: Registry.stages)
  }
}
