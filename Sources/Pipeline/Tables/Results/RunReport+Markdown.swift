extension RunReport {
  /// `summary.md`: the paper's numbers beside ours, then tables, figures and provenance.
  func summaryMarkdown(_ provenance: RunProvenance) -> String {
    let experiment = self.experiment
    var parts = ["# \(experiment.title.isEmpty ? experiment.name : experiment.title)\n"]
    let profile = "**\(experiment.profile)**.\n"
    parts.append(
      dataset.name.isEmpty
        ? "Profile: \(profile)" : "Data set: **\(dataset.name)**, profile: \(profile)")
    if !experiment.paper.isEmpty {
      let facts = experiment.paper.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      parts.append("Paper: " + facts.joined(separator: "; ") + "\n")
    }
    if !expectations.isEmpty {
      parts.append("## Claims\n")
      parts.append(ExpectationResult.markdown(expectations))
    }
    if !tables.isEmpty {
      parts.append("## Tables\n")
      parts += tables.map(\.markdown)
    }
    if !figures.isEmpty {
      parts.append("## Figures\n")
      parts += figures.map { "![\($0.title)](figures/\($0.fileName))\n" }
    }
    if !problems.isEmpty {
      parts.append("## Not made\n")
      parts.append(problems.map { "- \($0.what)" }.joined(separator: "\n") + "\n")
    }
    parts.append("## Provenance\n")
    parts.append(provenanceMarkdown(provenance))
    return parts.joined(separator: "\n")
  }

  private func provenanceMarkdown(_ provenance: RunProvenance) -> String {
    var lines = ["- specification: `\(experiment.file)`, sha256 `\(provenance.specHash)`"]
    lines += provenance.datasets.map { "- data set: \($0.name), sha256 `\($0.hash)`" }
    if !provenance.programVersion.isEmpty {
      lines.append("- program: pipeline \(provenance.programVersion)")
    }
    lines += experiment.parameters.map {
      "- `\($0.name)` = `\($0.value.plainText)`, from \($0.origin)"
    }
    lines.append("- keys, times and machine: [run.json](run.json)")
    return lines.joined(separator: "\n") + "\n"
  }
}
