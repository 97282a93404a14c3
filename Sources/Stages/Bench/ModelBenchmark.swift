import Compute
import Pipeline

/// A model whose speed is measured: what one step works on, and how long the best step takes.
package struct ModelBenchmark: Sendable {
  package enum Pass: String, Sendable, CaseIterable {
    /// Forward, backward and an update.
    case training
    /// Forward in evaluation mode.
    case inference
  }

  /// One measured speed.
  package struct Outcome: Sendable {
    package let name: String
    package let pass: Pass
    package let lanes: Int
    /// What is counted: images, or tokens.
    package let item: String
    package let itemsPerStep: Int
    package let itemsPerSecond: Double

    package var value: Value {
      .map([
        "model": .string(name), "pass": .string(pass.rawValue), "lanes": .int(lanes),
        "clock": .string(BenchClock(lanes: lanes).rawValue), "item": .string(item),
        "items_per_step": .int(itemsPerStep), "items_per_second": .double(itemsPerSecond),
      ])
    }
  }

  package let name: String
  let item: String
  let itemsPerStep: Int
  /// Seconds of the best step: the rest of the machine can only slow a step down.
  let bestStep: @Sendable (Pass, Lanes) -> Double

  /// All models, in the order in which they are measured.
  package static let all: [ModelBenchmark] =
    ResNetBenchmark.models + TransformerBenchmark.models + OutcomeBenchmark.models
    + HeatmapBenchmark.models

  package func measure(_ pass: Pass, lanes: Int) -> Outcome {
    Outcome(
      name: name, pass: pass, lanes: lanes, item: item, itemsPerStep: itemsPerStep,
      itemsPerSecond: Double(itemsPerStep) / bestStep(pass, Lanes(lanes)))
  }
}
