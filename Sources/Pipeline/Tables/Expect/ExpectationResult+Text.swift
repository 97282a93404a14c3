extension ExpectationResult {
  /// The result in a few lines for people:
  ///
  ///     SHOWN  Mixing beats any single opacity in the worst case
  ///            ours      88.26 against 19.30 (68.96 more), per seed 68.96, 70.10
  ///            required  at least 10 more
  ///            paper     92.77 against 10.61 (abstract)
  package func terminalText(style: PivotTable.Style = .plain) -> String {
    var head = verdict.wording.uppercased()
    if style == .ansi { head = "\u{1B}[\(colour)m\(head)\u{1B}[0m" }
    var lines = ["\(head)  \(claim)" + (level == .error ? "" : " [\(level.rawValue)]")]
    lines.append("    ours      " + oursWithSeeds)
    lines.append("    required  " + required)
    if !paper.isEmpty { lines.append("    paper     " + paper) }
    if !remark.isEmpty { lines.append("    note      " + remark) }
    return lines.joined(separator: "\n")
  }

  /// Green, red or yellow, always beside the word.
  private var colour: String {
    switch verdict {
    case .pass: "32"
    case .fail, .missing: "31"
    case .inconclusive, .notApplicable: "33"
    }
  }

  private var oursWithSeeds: String {
    guard !seedValues.isEmpty else { return ours }
    let texts = seedValues.map { NumberText.keeping($0, as: NumberText.short($0, decimals: 4)) }
    return ours + ", per seed " + texts.joined(separator: ", ")
  }

  /// A Markdown table of the results, in order.
  package static func markdown(_ results: [ExpectationResult]) -> String {
    var lines = [
      "| claim | ours | required | paper | verdict |", "| --- | --- | --- | --- | --- |",
    ]
    for result in results {
      let verdict = result.verdict == .pass ? "**shown**" : result.verdict.wording
      let remark = result.remark.isEmpty ? "" : ": " + result.remark
      let fields = [
        result.claim, result.oursWithSeeds, result.required,
        result.paper.isEmpty ? "–" : result.paper, verdict + remark,
      ]
      lines.append("| " + fields.map(\.markdownCell).joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  package var jsonValue: Value {
    .map([
      "id": .string(id), "claim": .string(claim), "level": .string(level.rawValue),
      "verdict": .string(verdict.rawValue), "ours": .string(ours), "required": .string(required),
      "paper": .string(paper), "margin": margin.map(Value.double) ?? .null,
      "sides": .list(sides.map(\.jsonValue)), "gauge": gauge?.jsonValue ?? .null,
      "seed_values": .list(seedValues.map(Value.double)), "remark": .string(remark),
    ])
  }

  /// - Returns: `nil` for anything but what ``jsonValue`` gives.
  package init?(jsonValue value: Value) {
    guard let id = value["id"]?.text, let claim = value["claim"]?.text,
      let level = value["level"]?.text.flatMap(Expectation.Level.init),
      let verdict = value["verdict"]?.text.flatMap(Verdict.init), let ours = value["ours"]?.text,
      let required = value["required"]?.text, let paper = value["paper"]?.text,
      let sides = value["sides"]?.items(Side.init(jsonValue:)),
      let seedValues = value["seed_values"]?.items(\.number), let remark = value["remark"]?.text
    else { return nil }
    self.init(
      id: id, claim: claim, level: level, verdict: verdict, ours: ours, required: required,
      paper: paper, sides: sides, gauge: value["gauge"].flatMap(Gauge.init(jsonValue:)),
      margin: value["margin"]?.number, seedValues: seedValues, remark: remark)
  }
}

extension ExpectationResult.Side {
  fileprivate var jsonValue: Value {
    let entries: [String: Value] = [
      "cells": .string(cells), "ours": ours.map(Value.double) ?? .null,
      "paper": paper.map(Value.double) ?? .null,
    ]
    return .map(entries.merging(numbers.jsonEntries) { $1 })
  }

  fileprivate init?(jsonValue value: Value) {
    guard let cells = value["cells"]?.text, let numbers = NumberStyle(jsonValue: value) else {
      return nil
    }
    self.init(
      cells: cells, ours: value["ours"]?.number, paper: value["paper"]?.number,
      numbers: numbers)
  }
}

extension ExpectationResult.Gauge {
  fileprivate var jsonValue: Value {
    .map([
      "value": .double(value), "lower": lower.map(Value.double) ?? .null,
      "upper": upper.map(Value.double) ?? .null, "paper": paper.map(Value.double) ?? .null,
    ])
  }

  fileprivate init?(jsonValue value: Value) {
    guard let number = value["value"]?.number else { return nil }
    self.init(
      value: number, lower: value["lower"]?.number, upper: value["upper"]?.number,
      paper: value["paper"]?.number)
  }
}
