import Pipeline

extension IntensityTests {
  /// Parameters that the stages of crashes, places and equity refuse.
  static let crashExamples = [
    Example(
      kind: "crash.synth", parameters: ["grid": .int(5)],
      problem: ParameterProblem(
        parameter: "grid", what: "5 is outside 6 <= x <= 64", why: "side of the drawn world",
        fix: "write at least 6")),
    Example(
      kind: "crash.synth", parameters: ["prefer": .list([.string("la_tract")])],
      problem: ParameterProblem(
        parameter: "prefer", index: 0, what: "'la_tract' is not one of la_tracts, grid",
        why: "worlds in order of preference: real tracts if their files are there, or a drawn grid",
        fix: "did you mean 'la_tracts'?")),
    Example(
      kind: "crash.load", parameters: ["filter": .map(["large_truck": .double(1.5)])],
      problem: ParameterProblem(
        parameter: "filter", what: "filter.large_truck is a number: 1.5",
        why: "it lists what the column may hold", fix: "write large_truck: [TEXT, TEXT]")),
    Example(
      kind: "crash.load", parameters: ["schema": .string("custom")],
      problem: ParameterProblem(
        parameter: "features", what: "the list is empty",
        why: "without covariates nothing is adjusted for", fix: "name columns of the file")),
    Example(
      kind: "crash.map", parameters: ["bins": .int(1)],
      problem: ParameterProblem(
        parameter: "bins", what: "1 is outside 2 <= x <= 9",
        why: "classes of equally many areas", fix: "write at least 2")),
    Example(
      kind: "causal.calibration", parameters: ["groups": .int(1)],
      problem: ParameterProblem(
        parameter: "groups", what: "1 is outside 2 <= x <= 20", why: "of equally many units",
        fix: "write at least 2")),
    Example(
      kind: "geo.tracts", parameters: ["k": .int(51)],
      problem: ParameterProblem(
        parameter: "k", what: "51 is outside 1 <= x <= 50",
        why: "knn: neighbours; either of two may name the other", fix: "write at most 50")),
    Example(
      kind: "geo.tracts", parameters: ["columns": .map(["income": .int(3)])],
      problem: ParameterProblem(
        parameter: "columns", what: "columns.income is an integer: 3",
        why: "it names a column of the table", fix: "write income: COLUMN")),
    Example(
      kind: "geo.join", parameters: ["max_unmatched": .int(2)],
      problem: ParameterProblem(
        parameter: "max_unmatched", what: "2 is outside 0 <= x <= 1",
        why: "crashes that may lie in no area", fix: "write at most 1")),
    Example(
      kind: "spatial.autocorr", parameters: ["permutations": .int(9)],
      problem: ParameterProblem(
        parameter: "permutations", what: "9 is outside 99 <= x <= 99999", why: "random maps",
        fix: "write at least 99")),
    Example(
      kind: "spatial.autocorr", parameters: ["keep": .map(["land": .bool(true)])],
      problem: ParameterProblem(
        parameter: "keep", what: "keep.land is a boolean: true",
        why: "areas with less, or with an unknown value, are left out",
        fix: "write land: NUMBER")),
    Example(
      kind: "equity.report", parameters: ["bounds": .list([.int(3), .int(0)])],
      problem: ParameterProblem(
        parameter: "bounds", what: "it is [3.0, 0.0]",
        why: "Erreygers' index is taken between a least and a largest burden",
        fix: "write two ascending numbers, or []")),
    Example(
      kind: "equity.report", parameters: ["by": .list([.string("race")])],
      problem: ParameterProblem(
        parameter: "by", index: 0, what: "'race' is not one of income, minority, density",
        why: "traits by which areas are grouped")),
    Example(
      kind: "equity.effects", parameters: ["draws": .int(5)],
      problem: ParameterProblem(
        parameter: "draws", what: "5 is outside 20 <= x <= 5000",
        why: "resamples of the areas", fix: "write at least 20")),
  ]
}
