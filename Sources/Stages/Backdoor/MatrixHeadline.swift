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

  /// H1: the best single intensity against the best mix, each way of counting with its own best
  /// row. The candidates are all rows of a kind, controls included.
  private var worstCases: [Line] {
    let (single, mix) = (worst("single", \.isSingle, \.rates), worst("mix", \.isMix, \.rates))
    let gain = single.value.flatMap { single in mix.value.map { $0 - single } }
    return [
      single, mix, Line(name: "gain", value: gain, detail: "mix minus single, ASR"),
      worst("single", \.isSingle, \.inclusiveRates, ", ASR_incl"),
      worst("mix", \.isMix, \.inclusiveRates, ", ASR_incl"),
    ]
  }

  private func worst(
    _ kind: String, _ isCandidate: (AttackMatrix.Row) -> Bool,
    _ counting: KeyPath<AttackMatrix.Run, [Double]>, _ suffix: String = ""
  ) -> Line {
    let name = "best \(kind) worst case" + suffix
    guard let row = matrix.best(isCandidate, counting) else {
      return Line(name: name, value: nil, detail: "no such row")
    }
    let place = Value.double(matrix.intensities[row.worstPosition(counting)]).plainText
    let count = matrix.rows.count(where: isCandidate)
    return Line(
      name: name, value: row.mean { $0.worst(counting) },
      detail: "trained on \(row.configuration), the best of \(count) (controls included), "
        + "tested at \(place)")
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
      func area(_ suffix: String, _ matrix: DetectionMatrix) -> Line {
        let cell = intensity.map { matrix[row.configuration, $0] }
        let seeds = "defined for \(cell?.defined ?? 0) of \(row.runs.count) seeds"
        return Line(
          name: "AUC at \(name)" + suffix, value: cell?.auroc, detail: "\(detail), \(seeds)")
      }
      return [
        area("", detection), area(", filtered", filtered),
        Line(name: "ASR at \(name)", value: intensity.flatMap(rate), detail: detail),
      ]
    }
    return lines("matched", at: matched) + lines("mismatched", at: weaker)
  }
}
