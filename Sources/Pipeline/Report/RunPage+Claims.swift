/// A card for each claim.
extension RunPage {
  var claimSection: HTML {
    let judged = claims.filter { $0.verdict != .notApplicable }
    let others = claims.filter { $0.verdict == .notApplicable }
    return section("claims", "Claims", note: claims.isEmpty ? "None is declared." : "") {
      for claim in judged { card(claim) }
      if !others.isEmpty {
        tag("h3", ["class": "rest"]) { "Not judged in this run" }
        for claim in others { card(claim) }
      }
    }
  }

  private func card(_ claim: ExpectationResult) -> HTML {
    let isJudged = claim.verdict != .notApplicable
    let sources = instances(behind: claim)
    return tag(
      "article", ["class": "claim \(claim.verdict.style)", "id": "c-\(claim.id.fileSafe)"]
    ) {
      tag("div", ["class": "words"]) {
        tag("p", ["class": "badge"]) {
          chip(claim.verdict)
          if let level = claim.level.remark { tag("span", ["class": "level"]) { level } }
        }
        tag(isJudged ? "h3" : "h4") { claim.claim }
        tag("dl", ["class": "numbers"]) { numbers(claim) }
        if !claim.remark.isEmpty { tag("p", ["class": "remark"]) { claim.remark } }
        if !sources.isEmpty, isJudged {
          tag("p", ["class": "from"]) {
            "from "
            links(sources, limit: 2)
          }
        }
      }
      if isJudged, let gauge = claim.gauge {
        tag("div", ["class": "gauge"]) {
          ClaimGauge(gauge, seeds: claim.seedValues, numbers: claim.numbers)
            .element(claim: claim.claim)
        }
      }
    }
  }

  private func numbers(_ claim: ExpectationResult) -> HTML {
    var entries: [(String, String, String)] = []
    if !claim.paper.isEmpty { entries.append(("Paper", claim.paper, "")) }
    entries.append(("Ours", claim.ours, "ours"))
    entries.append(("Required", claim.required, ""))
    if !claim.seedValues.isEmpty {
      let texts = claim.seedValues.map(claim.numbers.shortText)
      let shown = texts.prefix(12).joined(separator: " · ")
      entries.append(("Per seed", shown + (texts.count > 12 ? " …" : ""), ""))
    }
    if let gauge = claim.gauge, let paper = gauge.paper {
      entries.append(
        ("Against paper", Self.deviation(gauge.value - paper, claim.numbers), ""))
    }
    return .joined(
      entries.map { name, value, style in
        tag("div", ["class": style.isEmpty ? nil : style]) {
          tag("dt") { name }
          // Apart in the page's text, too, which is read out and copied.
          HTML(" ")
          tag("dd") { value }
        }
      })
  }

  private func instances(behind claim: ExpectationResult) -> [Int] {
    Set(claim.sides.flatMap { sources.instances(ofCells: $0.cells) }).sorted()
  }

  func chip(_ verdict: Verdict) -> HTML {
    tag("span", ["class": "chip \(verdict.style)"]) {
      tag("span", ["aria-hidden": "true"]) { verdict.mark + " " }
      verdict.wording
    }
  }
}

extension ExpectationResult {
  /// How the table that the claim reads writes its numbers, with one digit at least.
  var numbers: NumberStyle {
    let forms = sides.map(\.numbers)
    return forms.dropFirst().reduce(forms.first ?? NumberStyle(decimals: 1), NumberStyle.finest)
      .showing(atLeast: 1)
  }
}

extension Expectation.Level {
  /// What a claim of this level does not do; `nil` for those that decide.
  var remark: String? {
    switch self {
    case .error: nil
    case .warn: "a condition: it warns, it does not fail the run"
    case .info: "for information"
    }
  }
}

extension Verdict {
  /// A sign beside the word, so that colour never stands alone.
  var mark: String {
    switch self {
    case .pass: "✓"
    case .fail, .missing: "✕"
    case .inconclusive: "≈"
    case .notApplicable: "–"
    }
  }

  /// Class of its colours.
  var style: String {
    switch self {
    case .pass: "pass"
    case .fail, .missing: "fail"
    case .inconclusive: "open"
    case .notApplicable: "none"
    }
  }
}
