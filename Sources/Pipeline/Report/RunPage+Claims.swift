extension RunPage {
  // MARK: Head

  var header: HTML {
    let experiment = document.experiment
    return tag("header", ["class": "top"]) {
      tag("p", ["class": "eyebrow"]) {
        "Reproduction report"
        if let key = experiment.paper["key"] { HTML(" · paper \(key)") }
      }
      tag("h1") { title }
      for remark in ["note", "disclosure"] {
        if let text = experiment.paper[remark] { tag("p", ["class": "note"]) { text } }
      }
      tag("dl", ["class": "facts"]) { facts }
      navigation
    }
  }

  private var facts: HTML {
    let provenance = document.provenance
    let data = DatasetReference.all(provenance.datasets).name
    let failed = document.instances.count { $0.status == .failed }
    let entries: [(String, String)] = [
      ("Data", data.isEmpty ? "none named" : data),
      ("Profile", document.experiment.profile),
      ("Stages", "\(document.instances.count)" + (failed > 0 ? ", \(failed) failed" : "")),
      ("Took", DurationText.short(provenance.elapsedSeconds)),
      ("Finished", Self.day(provenance.finishedAt)), ("Run", document.run),
    ]
    return .joined(
      entries.map { name, value in
        tag("div") {
          tag("dt") { name }
          HTML(" ")
          tag("dd") { value }
        }
      })
  }

  /// "2026-11-25 17:08 UTC" of an ISO 8601 time.
  private static func day(_ time: String) -> String {
    guard time.count >= 16, time.hasSuffix("Z") else { return time }
    return time.prefix(16).replacing("T", with: " ") + " UTC"
  }

  private var navigation: HTML {
    var entries = [("#claims", "Claims")]
    if hasPaperNumbers { entries.append(("#paper", "Paper and ours")) }
    if !figures.isEmpty { entries.append(("#figures", "Figures")) }
    if !tables.isEmpty { entries.append(("#tables", "Tables")) }
    entries += [
      ("#run", "How it ran"), ("#instances", "Stages"), ("#parameters", "Parameters"),
      ("#provenance", "Provenance"),
    ]
    return tag("nav", ["aria-label": "Sections"]) {
      for (place, name) in entries { tag("a", ["href": place]) { name } }
    }
  }

  var footer: HTML {
    tag("footer") {
      tag("p") {
        "Made by pipeline \(document.provenance.programVersion) from run \(document.run)."
      }
    }
  }

  // MARK: Verdict

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

  // MARK: Claims

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
          ClaimGauge(gauge, seeds: claim.seedValues, decimals: claim.decimals)
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
      let texts = claim.seedValues.map { NumberText.short($0, decimals: claim.decimals) }
      let shown = texts.prefix(12).joined(separator: " · ")
      entries.append(("Per seed", shown + (texts.count > 12 ? " …" : ""), ""))
    }
    if let gauge = claim.gauge, let paper = gauge.paper {
      entries.append(
        ("Against paper", Self.deviation(gauge.value - paper, decimals: claim.decimals), ""))
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

  // MARK: The paper's numbers beside ours

  private var hasPaperNumbers: Bool {
    claims.contains { $0.sides.contains { $0.paper != nil } }
  }

  var paperSection: HTML {
    guard hasPaperNumbers else { return .empty }
    return section(
      "paper", "The paper’s numbers beside ours",
      note: "Cell by cell, in the units of the tables. A deviation alone decides nothing; what "
        + "must hold stands with each claim."
    ) {
      scrolling("The paper's numbers beside ours") {
        tag("table") {
          tag("thead") {
            tag("tr") {
              for name in ["Cells", "Paper", "Ours", "Deviation", "Claim"] {
                tag("th", ["scope": "col", "class": name == "Cells" ? "text" : nil]) { name }
              }
            }
          }
          tag("tbody") {
            for claim in claims { paperRows(claim) }
          }
        }
      }
    }
  }

  private func paperRows(_ claim: ExpectationResult) -> HTML {
    .joined(
      claim.sides.compactMap { side in
        guard let paper = side.paper else { return nil }
        let behind = sources.instances(ofCells: side.cells)
        let ours =
          side.ours.map {
            NumberText.keeping($0, as: NumberText.fixed($0, decimals: side.decimals))
          } ?? "–"
        return tag("tr") {
          tag("th", ["scope": "row", "class": "cells"]) { code(side.cells) }
          tag("td") { NumberText.short(paper, decimals: 4) }
          tag("td") {
            if behind.count == 1 {
              tag("a", ["href": place(of: behind[0])]) { ours }
            } else {
              ours
            }
          }
          tag("td") {
            side.ours.map { Self.deviation($0 - paper, decimals: max(side.decimals, 1)) } ?? "–"
          }
          tag("td", ["class": "text"]) {
            tag("a", ["href": "#c-\(claim.id.fileSafe)"]) { claim.verdict.wording }
          }
        }
      })
  }

  /// "+3.1", "−2.5", "0.0": the sign is a minus, not a hyphen.
  static func deviation(_ difference: Double, decimals: Int) -> String {
    let text = NumberText.fixed(abs(difference), decimals: decimals)
    if text.allSatisfy({ "0.".contains($0) }) { return text }
    return (difference < 0 ? "−" : "+") + text
  }
}

extension ExpectationResult {
  /// Decimals of the table that the claim reads.
  var decimals: Int { max(sides.map(\.decimals).max() ?? 0, 1) }
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
