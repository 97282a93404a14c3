extension RunPage {
  var parameterSection: HTML {
    let parameters = document.experiment.parameters
    return section(
      "parameters", "Parameters",
      note: parameters.isEmpty ? "The specification declares none." : ""
    ) {
      if !parameters.isEmpty {
        scrolling("Parameters") {
          tag("table") {
            tag("thead") {
              tag("tr") {
                for name in ["Parameter", "Value", "Set by"] {
                  tag("th", ["scope": "col", "class": "text"]) { name }
                }
              }
            }
            tag("tbody") {
              for parameter in parameters {
                tag("tr") {
                  tag("th", ["scope": "row", "class": "text"]) { parameter.name }
                  tag("td", ["class": "text"]) { code(parameter.value.plainText) }
                  tag("td", ["class": "text"]) { parameter.origin }
                }
              }
            }
          }
        }
      }
    }
  }

  var provenanceSection: HTML {
    section("provenance", "Provenance") {
      tag("h3") { "To run it again" }
      tag("pre", ["tabindex": "0"]) { commands.joined(separator: "\n") }
      tag("dl", ["class": "parts provenance"]) {
        for (name, value) in facts {
          tag("div") {
            tag("dt") { name }
            HTML(" ")
            tag("dd") { value }
          }
        }
      }
    }
  }

  /// The same specification, at the same commit, with the same changes.
  private var commands: [String] {
    let provenance = document.provenance
    var run = ["pipeline", "run", document.experiment.file.shellWord]
    if document.experiment.profile != "default" {
      run += ["--profile", document.experiment.profile.shellWord]
    }
    run += provenance.overrides.map(\.shellWord)
    let commit = provenance.gitCommit.map { ["git checkout \($0.shellWord)"] } ?? []
    return commit + [run.joined(separator: " ")]
  }

  private var facts: [(String, HTML)] {
    let provenance = document.provenance
    var facts: [(String, HTML)] = [
      ("Run", code(document.run)), ("Program", HTML("pipeline \(provenance.programVersion)")),
      ("Commit", code(provenance.gitCommit ?? "not in a repository")),
      (
        "Specification",
        code(document.experiment.file) + HTML(", SHA-256 ") + code(provenance.specHash)
      ),
    ]
    facts += provenance.datasets.map { dataset in
      let hash = dataset.hash.isEmpty ? .empty : HTML(", SHA-256 ") + code(dataset.hash)
      return ("Data set", HTML(dataset.name) + hash)
    }
    facts += [
      ("Command", code(provenance.commandLine)),
      ("Started", HTML(provenance.startedAt)), ("Finished", HTML(provenance.finishedAt)),
      (
        "Took",
        HTML(
          "\(DurationText.short(provenance.elapsedSeconds)), "
            + "CPU \(DurationText.short(provenance.cpuSeconds)), "
            + "at most \(ByteText.short(Double(provenance.peakMemoryBytes))) in one stage")
      ),
    ]
    return facts
      + provenance.host.keys.sorted().map { key in
        ("Machine: \(key.spaced)", HTML(provenance.host[key] ?? ""))
      }
  }
}
