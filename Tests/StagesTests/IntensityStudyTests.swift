import Compute
import Foundation
import Pipeline
import Stages
import Testing

/// The whole chain on a handful of embedded images, as the runner connects it.
@Suite struct IntensityStudyTests {
  private static let network: [String: Value] = [
    "width": .int(2), "epochs": .int(1), "batch": .int(32),
  ]

  private final class Study {
    let bench: StageBench
    let data: [String: StageBench.Output]
    let trigger: [StageBench.Output]
    let overlay: [StageBench.Output]
    let trained: [String: StageBench.Output]

    init(lanes: Int) throws {
      bench = try StageBench()
      data = try bench.objects(train: 120, test: 40)
      trigger = try bench.run("backdoor.trigger", inputs: ["images": data.one("test")])
        .one("trigger")
      overlay = try bench.run(
        "backdoor.poison",
        ["intensities": .list([.double(1), .double(0.1)]), "rate": .double(0.1)],
        inputs: ["train": data.one("train"), "trigger": trigger]
      ).one("overlay")
      trained = try bench.run(
        "train.classifier", IntensityStudyTests.network,
        inputs: ["train": data.one("train"), "overlay": overlay, "test": data.one("test")],
        lanes: lanes)
    }

    var tested: [String: [StageBench.Output]] {
      ["model": trained.one("model"), "trigger": trigger, "test": data.one("test")]
    }
  }

  private func hashes(_ outputs: [String: StageBench.Output]) throws -> [String: String] {
    try outputs.mapValues { try $0.hash }
  }

  @Test func trainingIsTheSameOnOneAndTwoLanes() throws {
    let (one, two) = (try Study(lanes: 1), try Study(lanes: 2))
    #expect(try hashes(one.trained) == hashes(two.trained))
    let history = try #require(one.trained["history"]).table
    #expect(history.column("epoch") == [.int(1)])
    #expect(history.column("train_intensities") == [.string("1.0+0.1")])
    #expect(history.column("poisoned") == [.int(24)])
    let scores = try #require(one.trained["scores"]).table
    #expect(scores.column("n") == [.int(40)])
  }

  @Test func everyStageOfTheStudyRuns() throws {
    let study = try Study(lanes: 2)
    let bench = study.bench
    let tests: Value = .list([.double(0.5), .double(1)])
    let attack = try bench.run("backdoor.eval", ["intensities": tests], inputs: study.tested)
    let asr = try #require(attack["asr"]).table
    #expect(asr.column("test_intensity") == [.double(0.5), .double(1)])
    #expect(asr.column("n") == [.int(36), .int(36)])
    var inputs = study.tested
    inputs["reference"] = study.data.one("train")
    let scaleup = try bench.run(
      "defense.scaleup",
      [
        "intensities": tests, "modes": .list([.string("data_free"), .string("data_limited")]),
        "reference_per_class": .int(5), "per_class": .bool(true),
      ], inputs: inputs)
    #expect(try scaleup["detect"]?.table.rows.count == 2 * 2 * 3)
    let histogram = try #require(scaleup["spc"]).table
    #expect(histogram.rows.count == 3 * 6)
    let strip = try bench.run(
      "defense.strip", ["intensities": tests, "overlays": .int(4), "limit": .int(20)],
      inputs: inputs)
    #expect(try strip["detect"]?.table.rows.count == 2 * 3)
    let labels = ["train": "mix", "seed": "0"]
    let matrix = try bench.run(
      "backdoor.matrix",
      inputs: [
        "asr": attack.one("asr").map { $0.labelled(labels) },
        "detect": scaleup.one("detect").map { $0.labelled(labels) },
      ])
    #expect(try matrix["summary"]?.table.column("train") == [.string("mix")])
    let inspected = [
      "model": study.trained.one("model"), "train": study.data.one("train"),
      "overlay": study.overlay,
    ]
    for kind in ["defense.spectral", "defense.activation_clustering"] {
      let table = try #require(bench.run(kind, inputs: inspected)["classes"]).table
      #expect(table.rows.count == 10)
      #expect(table.column("n_poisoned").first == .int(24))
    }
    var repaired = study.tested
    repaired["train"] = study.data.one("train")
    let repair = try bench.run(
      "defense.fine_pruning",
      ["intensities": tests, "share": .double(0.3), "epochs": .int(1), "batch": .int(16)],
      inputs: repaired)
    #expect(try repair["repair"]?.table.rows.count == 3 * 2)
    let cleanse = try bench.run(
      "defense.neural_cleanse", ["steps": .int(3), "batch": .int(8)],
      inputs: ["model": study.trained.one("model"), "images": study.data.one("test")])
    let classes = try #require(cleanse["classes"]).table
    #expect(classes.column("class").count == 10)
    // Three steps turn nothing: a mask that does not reach the goal has no size and no flag.
    let isReached = classes.column("success").map { $0 == .double(1) }
    #expect(isReached.contains(false))
    for (row, isReached) in isReached.enumerated() where !isReached {
      #expect(classes.column("l1")[row] == .null)
      #expect(classes.column("flagged")[row] == .bool(false))
    }
  }

  @Test(arguments: ["backdoor.eval", "defense.scaleup", "defense.strip", "defense.fine_pruning"])
  func refusesAnotherTargetThanTheAttacks(kind: String) throws {
    let study = try Study(lanes: 1)
    var inputs = study.tested
    if kind == "defense.fine_pruning" { inputs["train"] = study.data.one("train") }
    if kind == "defense.strip" { inputs["reference"] = study.data.one("train") }
    #expect(
      throws: StageFailure(
        at: "parameter target", "3, but the model was poisoned towards class 0",
        why: "success towards another class than the attack's says nothing about the attack",
        fix: "write target: 0")
    ) { try study.bench.run(kind, ["target": .int(3)], inputs: inputs) }
  }

  @Test func refusesAPatternDrawnAnew() throws {
    let study = try Study(lanes: 1)
    var inputs = study.tested
    inputs["trigger"] = try study.bench.run(
      "backdoor.trigger", ["seed": .int(1)], inputs: ["images": study.data.one("test")]
    ).one("trigger")
    let hashes = try (
      #require(inputs["trigger"]?.first).hash.prefix(8),
      #require(study.trigger.first).hash.prefix(8)
    )
    #expect(
      throws: StageFailure(
        at: "input trigger",
        "trigger \(hashes.0), but the model was poisoned with \(hashes.1)",
        why: "a pattern drawn anew for the test set measures another attack",
        fix: "connect the trigger that was given to backdoor.poison")
    ) { try study.bench.run("backdoor.eval", inputs: inputs) }
  }

  @Test func dataLimitedModeNeedsReferenceImages() throws {
    let study = try Study(lanes: 1)
    #expect(
      throws: StageFailure(
        at: "input reference", "the mode data_limited has no reference images",
        why: "it compares SPC with clean images",
        fix: "connect a clean set to the input 'reference', or drop data_limited from modes")
    ) {
      try study.bench.run(
        "defense.scaleup", ["modes": .list([.string("data_limited")])], inputs: study.tested)
    }
  }

  @Test func refusesATestSetOfTheTargetClassOnly() throws {
    let study = try Study(lanes: 1)
    #expect(
      throws: StageFailure(
        at: "input test", "all 1 images are of the target class 0",
        why: "attack success is counted over images of other classes",
        fix: "use more test images, or another target")
    ) {
      try study.bench.run("backdoor.eval", ["limit": .int(1)], inputs: study.tested)
    }
  }

  @Test func divergingTrainingSaysWhatToChange() throws {
    let study = try Study(lanes: 1)
    var parameters = Self.network
    parameters["lr"] = .double(10)
    parameters["optimizer"] = .string("sgd")
    parameters["epochs"] = .int(20)
    // Each step multiplies the weights by 1 - 10 * 1.
    parameters["weight_decay"] = .double(1)
    let failure = #expect(throws: StageFailure.self) {
      try study.bench.run(
        "train.classifier", parameters,
        inputs: [
          "train": study.data.one("train"), "overlay": study.overlay,
          "test": study.data.one("test"),
        ])
    }
    #expect(failure?.location == "parameter lr")
    #expect(failure?.fix == "write a smaller lr")
  }
}
