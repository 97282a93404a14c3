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
      numericsRefusal: { Registry.isNumericsPinned ? nil : WorkerCommand.otherKernels })
    if status != 0 { Foundation.exit(status) }
  }

  private static let otherKernels = StageFailure(
    .environment, at: "worker", "OpenBLAS is missing, or lacks the planned kernels",
    why: "results would differ in their last bits from what their keys promise",
    fix: "install libopenblas-dev: Debian's holds the kernels of all processors")
}
