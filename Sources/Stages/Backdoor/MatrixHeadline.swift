import Pipeline

/// The comparisons that the paper's claims are about, as named lines.
struct MatrixHeadline {
  struct Line {
    let name: String
    let value: Double?
    let detail: String
  }

  let matrix: AttackMatrix
  let detection: DetectionMatrix
  let filtered: DetectionMatrix
  let kept: Double

  var lines: [Line] { worstCases + mismatch }

  /// H1: the best single intensity against the best mix, in both ways of counting.
  private var worstCases: [Line] {
    let (single, mix) = (matrix.best(\.isSingle), matrix.best(\.isMix))
    func line(_ name: String, _ row: AttackMatrix.Row?, _ value: (AttackMatrix.Run) -> Double)
      -> Line
    {
      guard let row else { return Line(name: name, value: nil, detail: "no such row") }
      let place = Value.double(matrix.intensities[row.worstPosition]).plainText
      return Line(
        name: name, value: row.mean(value),
        detail: "trained on \(row.configuration), tested at \(place)")
    }
    let gain = single.flatMap { single in mix.map { $0.mean(\.worst) - single.mean(\.worst) } }
    return [
      line("best single worst case", single, \.worst), line("best mix worst case", mix, \.worst),
      Line(name: "gain", value: gain, detail: "mix minus single, ASR"),
      line("best single worst case, ASR_incl", single, \.worstInclusive),
      line("best mix worst case, ASR_incl", mix, \.worstInclusive),
    ]
  }

  /// H2: the strongest single trigger at its own intensity, and at the weakest test intensity that
  /// keeps the attack.
  private var mismatch: [Line] {
    guard let row = matrix.strongestSingle, let strongest = detection.intensities.last else {
      return []
    }
    let own = detection.intensities.firstIndex { Value.double($0).plainText == row.intensities }
    let matched = own.map { detection.intensities[$0] } ?? strongest
    func rate(_ intensity: Double) -> Double? {
      matrix.intensities.firstIndex(of: intensity).map { position in
        row.mean { $0.rates[position] }
      }
    }
    let weaker = detection.intensities.prefix { $0 != matched }
      .first { rate($0) ?? 0 >= kept }
    func lines(_ name: String, at intensity: Double?) -> [Line] {
      let place = intensity.map { Value.double($0).plainText } ?? "none"
      let detail = "trained on \(row.configuration), tested at \(place)"
      return [
        Line(
          name: "AUC at \(name)", value: intensity.flatMap { detection[row.configuration, $0] },
          detail: detail),
        Line(
          name: "AUC at \(name), filtered",
          value: intensity.flatMap { filtered[row.configuration, $0] }, detail: detail),
        Line(name: "ASR at \(name)", value: intensity.flatMap(rate), detail: detail),
      ]
    }
    return lines("matched", at: matched) + lines("mismatched", at: weaker)
  }
}
