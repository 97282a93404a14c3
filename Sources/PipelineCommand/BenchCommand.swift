import ArgumentParser
import Foundation
import Pipeline
import Stages

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the speed of this build on this machine.",
    subcommands: [Training.self], defaultSubcommand: Training.self)

  struct Training: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "ResNet-18 on 32x32 images: training steps and inference, batch 128.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "Cores to compute on.") var lanes = 2

    func validate() throws {
      guard (1...64).contains(lanes) else { throw ValidationError("--lanes \(lanes): 1 to 64") }
    }

    func run() throws {
      let project = try global.makeProject()
      var outcomes: [ResNetBenchmark.Outcome] = []
      if !global.json { print("width  stem  lanes  training images/s  inference images/s") }
      for network in ResNetBenchmark.networks {
        let outcome = ResNetBenchmark.measure(
          width: network.width, stem: network.stem, lanes: lanes)
        outcomes.append(outcome)
        guard !global.json else { continue }
        print(
          String(
            format: "%5d  %4@  %5d  %17.0f  %18.0f", outcome.width, outcome.stem as NSString,
            outcome.lanes, outcome.trainingImagesPerSecond, outcome.inferenceImagesPerSecond))
      }
      let text = Value.list(outcomes.map(\.value)).canonicalJSON + "\n"
      if global.json { print(text, terminator: "") }
      let folder = project.root.appending(path: "results/bench")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: folder.appending(path: "training.json"))
    }
  }
}
