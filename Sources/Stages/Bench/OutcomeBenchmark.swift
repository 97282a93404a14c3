import Compute

/// TARNet on a sample of IHDP's size: 747 units, 25 covariates, batches of 100; with the layers of
/// the default study (64, 64 and 32, 32) and with those of the reference code (three of 200, three
/// of 100). Such networks are small: what is measured is mostly what surrounds the arithmetic.
///
/// A training step is drawing a batch, forward, backward, weight decay and Adam.
enum OutcomeBenchmark {
  private static let steps = 200
  private static let rounds = 5

  static let models = [
    model("tarnet-w64", representation: [64, 64], head: [32, 32]),
    model("tarnet-w200", representation: [200, 200, 200], head: [100, 100, 100]),
  ]

  private static func model(
    _ name: String, representation: [Int], head: [Int]
  ) -> ModelBenchmark {
    ModelBenchmark(name: name, item: "units", itemsPerStep: 100) { pass, lanes in
      let network = OutcomeNetwork(
        OutcomeNetwork.Configuration(
          inputs: 25, representation: representation, head: head, heads: 2), seed: 0)
      let clock = BenchClock(lanes: lanes.count)
      let units = units
      let query = units.x.rows(0..<100)
      var settings = OutcomeTrainer.Settings()
      (settings.steps, settings.batch) = (steps, 100)
      let trainer = OutcomeTrainer(settings, lanes: lanes)
      var best = Double.infinity
      for _ in 0..<rounds {
        let seconds = clock.measure {
          switch pass {
          case .training:
            // A loss that is not finite would have to be an error of the program.
            _ = try? trainer.train(network, on: units, validation: nil)
          case .inference:
            for _ in 0..<steps { _ = network.predictions(query, lanes: lanes) }
          }
        }
        best = min(best, seconds / Double(steps))
      }
      return best
    }
  }

  private static var units: OutcomeTrainer.Rows {
    var random = RandomStream.generator(seed: 0, purpose: "benchmark", 2)
    let x = (0..<747 * 25).map { _ in Float(random.gaussian()) }
    let outcome = (0..<747).map { _ in Float(random.gaussian()) }
    return OutcomeTrainer.Rows(
      x: Tensor(x, shape: [747, 25]), outcome: outcome,
      arms: [Array(139..<747), Array(0..<139)])
  }
}
