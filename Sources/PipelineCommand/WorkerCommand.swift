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
    let status = Worker.run(
      jobFolder: job, registry: Registry.stages,
      refusal: Registry.isNumericsPinned ? nil : WorkerCommand.otherKernels)
    if status != 0 { Foundation.exit(status) }
  }

  private static let otherKernels = StageFailure(
    .environment, at: "worker", "OpenBLAS was loaded with another kernel family than planned",
    why: "results would differ in their last bits from what their keys promise",
    fix: "install libopenblas-dev in the version that the program was built with")
}
