import Foundation
import Pipeline

/// Stage types of the example specification, without bodies.
enum FakeStages {
  static let registry = StageRegistry([
    type(Images.self), type(Poison.self), type(Classifier.self), type(Evaluation.self),
    type(ScaleUp.self), type(Summary.self), type(Copy.self), type(Program.self),
  ])

  static func type<S: Stage>(_ type: S.Type, fingerprint: String = "f1") -> StageType {
    StageType(type, fingerprint: fingerprint, numericsTag: "f32")
  }

  static let scores = [
    Column("asr", .double, unit: "fraction"), Column("auroc", .double), Column("kind", .string),
  ]
}

protocol FakeStage: Stage {}

extension FakeStage {
  static var version: Int { 1 }
  static var summary: String { "a stage of the tests" }
  var estimate: Estimate { .small }
  func run(_ context: StageContext) throws {}
}

struct Images: FakeStage {
  static let kind = "dataset.images"
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("train", .dataset, help: "training images"),
    OutputSlot("test", .dataset, help: "test images"),
  ]
  init(_ p: inout ParameterReader) {
    _ = p.string("name", default: "shapes", help: "data set")
    _ = p.int("train", default: 100, in: 1...1_000_000, help: "training images")
    _ = p.int("test", default: 100, in: 1...1_000_000, help: "test images")
    _ = p.int("lanes", default: 1, affectsResult: false, help: "no part of the result")
  }
}

struct Poison: FakeStage {
  static let kind = "backdoor.poison"
  static let inputs = [InputSlot("images", .dataset, help: "clean images")]
  static let outputs = [
    OutputSlot("images", .dataset, help: "poisoned images"),
    OutputSlot("preview", .figure, help: "some of them"),
  ]
  init(_ p: inout ParameterReader) {
    _ = p.string("trigger", default: "patch", help: "trigger family")
    _ = p.doubles(
      "opacity", default: [1], in: .above(0, through: 1), help: "share of the trigger in the blend")
    _ = p.double("rate", default: 0.05, in: .closed(0, 0.5), help: "share of poisoned images")
    _ = p.int("target", default: 0, in: 0...9, help: "label of poisoned images")
  }
}

struct Classifier: FakeStage {
  static let kind = "train.classifier"
  static let usesNumerics = true
  static let inputs = [
    InputSlot("train", .dataset, help: "training images"),
    InputSlot("test", .dataset, isOptional: true, help: "test images"),
  ]
  static let outputs = [
    OutputSlot("model", .model, help: "weights"),
    OutputSlot("scores", .table, columns: [Column("accuracy", .double)], help: "accuracy"),
  ]
  init(_ p: inout ParameterReader) {
    _ = p.string("arch", default: "cnn4", help: "network")
    _ = p.int("epochs", default: 1, in: 1...1_000, help: "passes over the data")
    _ = p.double("lr", default: 0.1, in: .above(0, through: 10), help: "learning rate")
    _ = p.int("seed", default: 0, help: "seed of all randomness")
  }
}

struct Evaluation: FakeStage {
  static let kind = "backdoor.evaluate"
  static let inputs = [
    InputSlot("model", .model, help: "the attacked model"),
    InputSlot("images", .dataset, help: "test images"),
  ]
  static let outputs = [OutputSlot("scores", .table, columns: FakeStages.scores, help: "scores")]
  init(_ p: inout ParameterReader) {
    _ = p.string("trigger", default: "patch", help: "trigger family")
    _ = p.double("opacity", default: 1, in: .above(0, through: 1), help: "share of the trigger")
    _ = p.int("target", default: 0, in: 0...9, help: "label of poisoned images")
  }
}

struct ScaleUp: FakeStage {
  static let kind = "defense.scale_up"
  static let inputs = Evaluation.inputs
  static let outputs = Evaluation.outputs
  init(_ p: inout ParameterReader) {
    _ = p.string("trigger", default: "patch", help: "trigger family")
    _ = p.double("opacity", default: 1, in: .above(0, through: 1), help: "share of the trigger")
    _ = p.int("target", default: 0, in: 0...9, help: "label of poisoned images")
    _ = p.ints("scales", default: [3, 5], in: 2...255, help: "factors")
  }
}

struct Summary: FakeStage {
  static let kind = "backdoor.matrix"
  static let inputs = [
    InputSlot("attacks", .table, isList: true, help: "scores of attacks"),
    InputSlot("defenses", .table, isOptional: true, isList: true, help: "scores of defences"),
  ]
  static let outputs = [OutputSlot("summary", .table, columns: FakeStages.scores, help: "all")]
  init(_ p: inout ParameterReader) {}
}

/// One link of a chain.
struct Copy: FakeStage {
  static let kind = "copy"
  static let inputs = [InputSlot("x", .json, isOptional: true, help: "anything")]
  static let outputs = [OutputSlot("y", .json, help: "the same")]
  init(_ p: inout ParameterReader) {}
}

/// Stands for the stages that run a program of the user's.
struct Program: FakeStage {
  static let kind = "program"
  static let usesNumerics = false
  static let isExternal = true
  static let inputs: [InputSlot] = []
  static let outputs: [OutputSlot] = []
  let outputs: [OutputSlot]

  init(_ p: inout ParameterReader) {
    _ = p.string("run", default: "", help: "the program")
    _ = p.map("env", default: [:], help: "its variables")
    outputs = p.map("outputs", default: nil, help: "what it writes").sorted { $0.key < $1.key }
      .map { OutputSlot($0.key, ArtifactType(rawValue: $0.value.plainText) ?? .file, help: "") }
  }
}
