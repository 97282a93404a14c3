import Pipeline

/// The failed stages of a run in words.
struct RunFailures {
  private let graph: Graph
  private let record: RunRecord

  init(_ graph: Graph, _ record: RunRecord) {
    self.graph = graph
    self.record = record
  }

  /// Place, failure and the end of the log of each; empty when nothing failed.
  var text: String {
    zip(graph.instances, record.instances).compactMap { instance, ended in
      guard let failure = ended.failure else { return nil }
      let place = instance.location.shortText
      var text = "\n\(place): error: \(instance.id) (\(instance.bound.type.kind)) failed\n"
      text += "  \(failure)\n"
      if !failure.logTail.isEmpty {
        text += "  last lines of its log, \(ended.logPath ?? ""):\n"
        for line in failure.logTail.suffix(10) { text += "  | \(line)\n" }
      }
      return text
    }.joined()
  }

  /// One annotation for each, at the stage in the specification.
  var annotations: [Annotation] {
    zip(graph.instances, record.instances).compactMap { instance, ended in
      guard let failure = ended.failure else { return nil }
      return Annotation(
        .error, at: instance.location, title: "\(instance.id) failed", message: "\(failure)")
    }
  }

  /// A Markdown table of them; empty when nothing failed.
  var markdown: String {
    let rows = zip(graph.instances, record.instances).compactMap { instance, ended in
      ended.failure.map { failure in
        let cells = [instance.id, instance.location.shortText, failure.what, failure.fix]
        return "| " + cells.map(\.markdownCell).joined(separator: " | ") + " |\n"
      }
    }
    guard !rows.isEmpty else { return "" }
    return "## Failed stages\n\n| stage | where | what | fix |\n| --- | --- | --- | --- |\n"
      + rows.joined() + "\n"
  }
}
