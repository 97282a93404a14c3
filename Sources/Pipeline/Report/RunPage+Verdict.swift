/// The run in one sentence, with the claims counted.
extension RunPage {
  /// What decides: the judged claims that can fail a run, or all judged ones when none can.
  private var deciding: [ExpectationResult] {
    let judged = claims.filter { $0.verdict != .notApplicable }
    let errors = judged.filter { $0.level == .error }
    return errors.isEmpty ? judged : errors
  }

  private var overall: Verdict {
    if deciding.isEmpty { return .notApplicable }
    if deciding.contains(where: { $0.verdict == .fail || $0.verdict == .missing }) { return .fail }
    return deciding.allSatisfy { $0.verdict == .pass } ? .pass : .inconclusive
  }

  /// The run in one sentence.
  var verdictSentence: String {
    switch overall {
    case .pass:
      claims.contains { ![.pass, .notApplicable].contains($0.verdict) }
        ? "the claims that decide hold" : "the claims hold"
    case .fail:
      deciding.contains { $0.verdict == .pass } ? "not every claim holds" : "the claims do not hold"
    case .missing: "the claims do not hold"
    case .inconclusive:
      deciding.contains { $0.verdict == .pass }
        ? "some claims hold; on others the seeds disagree" : "not settled: the seeds disagree"
    case .notApplicable:
      claims.isEmpty
        ? "no claim is declared" : "no claim is judged at profile \(document.experiment.profile)"
    }
  }

  var verdict: HTML {
    tag("section", ["class": "verdict \(overall.style)", "aria-label": "Verdict"]) {
      tag("p", ["class": "headline"]) {
        tag("span", ["class": "mark", "aria-hidden": "true"]) { overall.mark }
        verdictSentence.prefix(1).uppercased() + verdictSentence.dropFirst()
      }
      if !claims.isEmpty { tally }
      if claims.contains(where: { $0.verdict != .notApplicable && $0.level != .error }) {
        tag("p", ["class": "note"]) {
          "Conditions and claims for information are counted here but do not decide."
        }
      }
    }
  }

  private var tally: HTML {
    let order: [Verdict] = [.pass, .inconclusive, .fail, .missing, .notApplicable]
    let counts = order.map { verdict in (verdict, claims.count { $0.verdict == verdict }) }
      .filter { $0.1 > 0 }
    let bar = tag("div", ["class": "tally", "aria-hidden": "true"]) {
      for (verdict, count) in counts {
        tag("span", ["class": verdict.style, "style": "flex:\(count)"])
      }
    }
    return bar
      + tag("p", ["class": "counts"]) {
        for (verdict, count) in counts {
          tag("span", ["class": "count \(verdict.style)"]) {
            tag("b") { "\(count)" }
            HTML(" " + verdict.wording)
          }
        }
        tag("span", ["class": "count"]) { "of \(claims.count) claims" }
      }
  }
}
