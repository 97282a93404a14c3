/// The head of a report: what it is about, and where its sections are.
extension RunPage {
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
}
