import ArgumentParser
import Foundation
import Pipeline
import Stages

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the speed of this build on this machine.",
    subcommands: [Kernels.self, Training.self, Inference.self, Language.self],
    defaultSubcommand: Training.self)

  /// Writes what was measured to `results/bench/NAME.json`, and to standard output if asked.
  fileprivate static func store(_ values: [Value], as name: String, _ global: GlobalOptions) throws
  {
    let text = Value.list(values).canonicalJSON + "\n"
    if global.json { print(text, terminator: "") }
    let folder = try global.makeProject().root.appending(path: "results/bench")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: folder.appending(path: "\(name).json"))
  }
}

extension BenchCommand {
  struct Kernels: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Single ops: one lane by thread time, two by wall time, OpenBLAS, a naive loop.")

    @OptionGroup var global: GlobalOptions
    @Option(help: "How often each op runs; the best counts.") var rounds = 5

    func validate() throws {
      guard (1...1000).contains(rounds) else {
        throw ValidationError("--rounds \(rounds): 1 to 1000")
      }
    }

    func run() throws {
      if !global.json {
        print(
          "op".padding(toLength: 45, withPad: " ", startingAt: 0)
            + " 1 lane  2 lanes  OpenBLAS  unit     naive x")
      }
      var values: [Value] = []
      for benchmark in KernelBenchmark.all {
        let outcome = benchmark.measure(rounds: rounds)
        values.append(outcome.value)
        guard !global.json else { continue }
        print(
          String(
            format: "%@ %7.1f  %7.1f  %8@  %-7@ %8@",
            outcome.name.padding(toLength: 45, withPad: " ", startingAt: 0) as NSString,
            outcome.oneLane, outcome.twoLanes, text(outcome.openBLAS) as NSString,
            outcome.unit.rawValue as NSString, text(outcome.ratioToNaive) as NSString))
      }
      try BenchCommand.store(values, as: "kernels", global)
    }

    private func text(_ value: Double?) -> String {
      value.map { String(format: "%.1f", $0) } ?? "-"
    }
  }

  /// Options and work of the two benchmarks of models.
  struct ModelOptions: ParsableArguments {
    @OptionGroup var global: GlobalOptions
    @Option(help: "Cores to compute on; one core counts thread time, several wall time.")
    var lanes = 2
    @Option(
      help: ArgumentHelp(
        "Measure only this model; may be given several times.", valueName: "name"))
    var model: [String] = []

    func validate() throws {
      guard (1...64).contains(lanes) else { throw ValidationError("--lanes \(lanes): 1 to 64") }
      let names = ModelBenchmark.all.map(\.name)
      for name in model where !names.contains(name) {
        throw ValidationError("--model \(name): one of \(names.joined(separator: ", "))")
      }
    }

    func run(_ pass: ModelBenchmark.Pass) throws {
      if !global.json { print("model            lanes    \(pass.rawValue), items/s") }
      var values: [Value] = []
      for benchmark in ModelBenchmark.all where model.isEmpty || model.contains(benchmark.name) {
        let outcome = benchmark.measure(pass, lanes: lanes)
        values.append(outcome.value)
        guard !global.json else { continue }
        print(
          String(
            format: "%@ %5d  %12.0f %@",
            outcome.name.padding(toLength: 16, withPad: " ", startingAt: 0) as NSString, lanes,
            outcome.itemsPerSecond, outcome.item as NSString))
      }
      try BenchCommand.store(values, as: pass.rawValue, global)
    }
  }

  struct Training: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Training steps of whole models: forward, backward, update.")

    @OptionGroup var options: ModelOptions

    func run() throws { try options.run(.training) }
  }

  struct Inference: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Inference of whole models, in evaluation mode.")

    @OptionGroup var options: ModelOptions

    func run() throws { try options.run(.inference) }
  }

  struct Language: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A language model: reading 512 tokens at once, writing 64 behind them.")

    @Argument(help: "A GGUF file.") var model: String
    @OptionGroup var global: GlobalOptions
    @Option(help: "Cores to compute on; one core counts thread time, several wall time.")
    var lanes = 2
    @Option(help: "How often everything runs; the best counts.") var rounds = 3

    func validate() throws {
      guard (1...64).contains(lanes) else { throw ValidationError("--lanes \(lanes): 1 to 64") }
      guard (1...1000).contains(rounds) else {
        throw ValidationError("--rounds \(rounds): 1 to 1000")
      }
    }

    func run() throws {
      let outcomes = try LanguageBenchmark(path: model, lanes: lanes).measure(rounds: rounds)
      if !global.json {
        print("pass     weights  lanes  tokens/s")
        for outcome in outcomes {
          print(
            String(
              format: "%@ %@ %5d  %8.1f",
              outcome.pass.padding(toLength: 8, withPad: " ", startingAt: 0) as NSString,
              outcome.form.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0) as NSString,
              lanes, outcome.tokensPerSecond))
        }
      }
      try BenchCommand.store(outcomes.map(\.value), as: "language", global)
    }
  }
}
