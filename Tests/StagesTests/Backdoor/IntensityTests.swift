import Pipeline
import Stages
import Testing

/// What the stages refuse about intensities, families and trigger settings, in full.
@Suite struct IntensityTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let kind: String
    let parameters: [String: Value]
    let problem: ParameterProblem

    var testDescription: String { problem.what }
  }

  static let examples = [
    Example(
      kind: "backdoor.poison", parameters: ["intensities": .list([.double(1.4)])],
      problem: ParameterProblem(
        parameter: "intensities", index: 0, what: "1.4 is outside 0 < x <= 1",
        why: "badnets blends the trigger as (1-a)*x + a*p, so an intensity is an opacity",
        fix: "write at most 1")),
    Example(
      kind: "backdoor.eval", parameters: ["intensities": .list([])],
      problem: ParameterProblem(
        parameter: "intensities", what: "the list is empty",
        why: "a worst case is the minimum over tested intensities",
        fix: "write at least one intensity")),
    Example(
      kind: "backdoor.eval", parameters: ["intensities": .list([.double(0.1234)])],
      problem: ParameterProblem(
        parameter: "intensities", index: 0, what: "0.1234 has more than three decimals",
        why: "badnets blends the trigger as (1-a)*x + a*p, so an intensity is an opacity",
        fix: "write 0.123: stamping computes in thousandths")),
    Example(
      kind: "backdoor.eval", parameters: ["intensities": .list([.double(1e-13)])],
      problem: ParameterProblem(
        parameter: "intensities", index: 0, what: "1e-13 is less than 0.001",
        why: "badnets blends the trigger as (1-a)*x + a*p, so an intensity is an opacity",
        fix: "write 0.001 or more: stamping computes in thousandths")),
    Example(
      kind: "backdoor.poison",
      parameters: ["intensities": .list((1...256).map { .double(Double($0) / 1000) })],
      problem: ParameterProblem(
        parameter: "intensities", what: "256 intensities, 255 are possible",
        why: "the overlay stores the group of a record in one byte",
        fix: "write at most 255 intensities")),
    Example(
      kind: "defense.scaleup", parameters: ["scales": .list([.int(3), .int(5), .int(3)])],
      problem: ParameterProblem(
        parameter: "scales", index: 2, what: "3 appears twice", why: "it would count twice",
        fix: "drop one of the two")),
    Example(
      kind: "backdoor.eval", parameters: ["intensities": .list([.int(1), .double(1)])],
      problem: ParameterProblem(
        parameter: "intensities", index: 1, what: "1.0 appears twice",
        why: "each intensity is one group of records", fix: "drop one of the two")),
    Example(
      kind: "backdoor.eval",
      parameters: ["family": .string("bpp"), "intensities": .list([.double(2.5)])],
      problem: ParameterProblem(
        parameter: "intensities", index: 0, what: "2.5 is not a whole number",
        why: "an intensity of bpp is the number of bits that stay, 0 being the strongest",
        fix: "write a whole number")),
    Example(
      kind: "backdoor.trigger", parameters: ["family": .string("badnet")],
      problem: ParameterProblem(
        parameter: "family",
        what:
          "'badnet' is not one of badnets, square, patch, blended, sig, wanet, bpp, styled, lsb",
        why: "how the trigger is stamped", fix: "did you mean 'badnets'?")),
    Example(
      kind: "backdoor.trigger", parameters: ["block": .int(40)],
      problem: ParameterProblem(
        parameter: "block", what: "40 is outside 1 <= x <= 32",
        why: "badnets, square: side of a block; an image has 32x32 pixels",
        fix: "write at most 32")),
    Example(
      kind: "backdoor.trigger",
      parameters: ["family": .string("square"), "block": .int(30), "margin": .int(4)],
      problem: ParameterProblem(
        parameter: "margin", what: "block 30 and margin 4 exceed 32 pixels",
        why: "the square must lie inside the image", fix: "write a margin of at most 2")),
    Example(
      kind: "defense.scaleup", parameters: ["scales": .list([.int(3), .int(1)])],
      problem: ParameterProblem(
        parameter: "scales", index: 1, what: "1 is outside 2 <= x <= 255",
        why: "factors on the pixel values", fix: "write at least 2")),
    Example(
      kind: "backdoor.poison", parameters: ["intensities": .list([]), "rate": .double(1)],
      problem: ParameterProblem(
        parameter: "rate", what: "1.0 is outside 0 < x < 1",
        why: "share of the training records to poison", fix: "write less than 1")),
    Example(
      kind: "dataset.images", parameters: ["prefer": .list([])],
      problem: ParameterProblem(
        parameter: "prefer", what: "the list is empty", why: "one data set must be named",
        fix: "write prefer: [cifar10, fashion_mnist, objects10]")),
    Example(
      kind: "train.classifier", parameters: ["mean": .list([.double(0.5)])],
      problem: ParameterProblem(
        parameter: "mean", what: "1 values for 3 channels", why: "images have red, green and blue",
        fix: "write three numbers")),
    Example(
      kind: "defense.strip", parameters: ["overlays": .int(0)],
      problem: ParameterProblem(
        parameter: "overlays", what: "0 is outside 1 <= x <= 1000",
        why: "clean images laid over each", fix: "write at least 1")),
    Example(
      kind: "defense.spectral", parameters: ["rate": .int(0)],
      problem: ParameterProblem(
        parameter: "rate", what: "0 is outside 0 < x < 1",
        why: "share of poison that the defender expects", fix: "write more than 0")),
    Example(
      kind: "defense.activation_clustering", parameters: ["per_class": .int(1)],
      problem: ParameterProblem(
        parameter: "per_class", what: "1 is outside 2 <= x <= 20000",
        why: "records of each class, from the first; the silhouette costs their square",
        fix: "write at least 2")),
    Example(
      kind: "defense.fine_pruning", parameters: ["drop": .double(1.5)],
      problem: ParameterProblem(
        parameter: "drop", what: "1.5 is outside 0 < x < 1",
        why: "relative loss of accuracy that ends it", fix: "write less than 1")),
    Example(
      kind: "defense.neural_cleanse", parameters: ["steps": .string("many")],
      problem: ParameterProblem(
        parameter: "steps", what: "steps is a string: many",
        why: "expected an integer; optimiser steps for each class")),
    Example(
      kind: "backdoor.matrix", parameters: ["population": .string("filter")],
      problem: ParameterProblem(
        parameter: "population", what: "'filter' is not one of all, excl_target, filtered",
        why: "images that the AUROC compares", fix: "did you mean 'filtered'?")),
    Example(
      kind: "shell",
      parameters: [
        "run": .string("true"), "interpreter": .string(" "),
        "outputs": .map(["text": .string("text")]),
      ],
      problem: ParameterProblem(
        parameter: "interpreter", what: "the interpreter is empty",
        why: "something must run the script", fix: "write interpreter: python3, or remove it")),
    Example(
      kind: "exec",
      parameters: ["program": .string("tool"), "outputs": .map(["text": .string("text")])],
      problem: ParameterProblem(
        parameter: "program", what: "program is a string: tool",
        why: "expected a list; the program and its arguments")),
    Example(
      kind: "longctx.eval", parameters: ["pool": .int(4)],
      problem: ParameterProblem(
        parameter: "pool", what: "pool 4 is even",
        why: "the maximum is taken over as many tokens before as behind", fix: "write pool: 5")),
    Example(
      kind: "longctx.make_task", parameters: ["lengths": .list([])],
      problem: ParameterProblem(
        parameter: "lengths", what: "the list is empty", why: "there would be no samples",
        fix: "write one value at least")),
    Example(
      kind: "longctx.perplexity", parameters: ["budget": .double(5)],
      problem: ParameterProblem(
        parameter: "budget", what: "budget 5.0 is neither a share nor a count",
        why: "up to 1 it is a share, else tokens from 16 to the window of 2048",
        fix: "write budget: 0.5")),
    Example(
      kind: "longctx.attention_bias", parameters: ["calibrate": .list([.string("edge:1-2")])],
      problem: ParameterProblem(
        parameter: "calibrate", index: 0, what: "'edge:1-2' is no calibration rule",
        why: "expected recipe, or a region (sink, middle, recency) and layers, as sink:24-30",
        fix: "write calibrate: [recipe]")),
    Example(
      kind: "longctx.throughput", parameters: ["rounds": .int(0)],
      problem: ParameterProblem(
        parameter: "rounds", what: "0 is outside 1 <= x <= 25",
        why: "readings of each length, of which the median counts", fix: "write at least 1")),
    Example(
      kind: "longctx.report", parameters: ["resamples": .int(5)],
      problem: ParameterProblem(
        parameter: "resamples", what: "5 is outside 100 <= x <= 1000000", why: "of the texts",
        fix: "write at least 100")),
    Example(
      kind: "text.write", parameters: ["text": .int(3)],
      problem: ParameterProblem(
        parameter: "text", what: "text is an integer: 3",
        why: "expected a string; what to write, as it stands")),
  ]

  @Test(arguments: examples + causalExamples + crashExamples + modelExamples)
  func refusesParameters(example: Example) {
    #expect(StageBench.problems(example.kind, example.parameters) == [example.problem])
  }

  @Test func everyStageTypeHasARefusalHere() {
    let kinds = Set(
      (Self.examples + Self.causalExamples + Self.crashExamples + Self.modelExamples).map(\.kind))
    #expect(Set(Registry.stages.types.map(\.kind)) == kinds)
  }
}
