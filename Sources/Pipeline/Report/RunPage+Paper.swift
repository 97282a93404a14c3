/// The paper's numbers beside ours.
extension RunPage {
  var hasPaperNumbers: Bool {
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
          side.ours.map { NumberText.keeping($0, as: side.numbers.text($0)) } ?? "–"
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
            side.ours.map { Self.deviation($0 - paper, side.numbers.showing(atLeast: 1)) } ?? "–"
          }
          tag("td", ["class": "text"]) {
            tag("a", ["href": "#c-\(claim.id.fileSafe)"]) { claim.verdict.wording }
          }
        }
      })
  }

  /// "+3.1", "−2.5", "0.0": the sign is a minus, not a hyphen.
  static func deviation(_ difference: Double, _ numbers: NumberStyle) -> String {
    let text = numbers.text(abs(difference))
    if !text.contains(where: { ("1"..."9").contains($0) }) { return text }
    return (difference < 0 ? "−" : "+") + text
  }
}
