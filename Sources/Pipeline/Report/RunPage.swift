/// A stored run as one page that needs nothing else: claims and verdicts first, then numbers,
/// figures, how it ran, and what is needed to run it again.
///
/// Equal runs give equal bytes but for what differs in ``RunProvenance`` and in times.
package struct RunPage: Sendable {
  /// What becomes of figures that are pixels; drawings are always whole.
  package enum Embedding: String, Sendable, CaseIterable { case none, thumbs, all }

  /// Mail and code hosts take pages of up to 5 MB.
  package static let defaultLimit = 5_000_000

  let document: RunDocument
  /// In the order of the specification: the first matters most.
  let tables: [PivotTable]
  let figures: [Figure]
  let claims: [ExpectationResult]
  /// What could not be made, and why.
  let problems: [String]
  let sources: CellSources
  /// The instances, those first that a reader wants to see first.
  let urgency: [Int]
  /// Instances that have a place on the page, to which links can lead: the most urgent ones.
  let listed: Set<Int>

  /// More lines nobody reads; `run.json` holds all of them.
  private static let listLimit = 1500

  /// The page of a run that has just ended.
  ///
  /// - Parameters:
  ///   - document: what the run knows of itself.
  ///   - report: its tables, figures and verdicts.
  ///   - instances: what its instances left behind, as the document's.
  package init(_ document: RunDocument, report: RunReport, instances: [InstanceResult]) {
    self.init(
      document, tables: report.tables, figures: report.figures, claims: report.expectations,
      problems: report.problems.map(\.what), instances: instances)
  }

  /// The page of a stored run.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when one of its files is damaged.
  package init(_ stored: StoredResults) throws(StageFailure) {
    let views = stored.views
    var tables: [PivotTable] = []
    for name in views.tables { tables.append(try stored.table(name)) }
    self.init(
      stored.document, tables: tables, figures: stored.figures(views.figures),
      claims: try stored.expectations(), problems: views.problems,
      instances: try stored.instanceResults())
  }

  init(
    _ document: RunDocument, tables: [PivotTable], figures: [Figure],
    claims: [ExpectationResult], problems: [String], instances: [InstanceResult]
  ) {
    self.document = document
    self.tables = tables
    self.figures = figures
    self.claims = claims
    self.problems = problems
    // What the document does not describe, no link can lead to.
    sources = CellSources(tables, among: Array(instances.prefix(document.instances.count)))
    urgency = Self.urgency(document, claims, sources)
    listed = Set(urgency.prefix(Self.listLimit))
  }

  /// All instances, each once: those that failed, those behind claims, those that ran, the others.
  private static func urgency(
    _ document: RunDocument, _ claims: [ExpectationResult], _ sources: CellSources
  ) -> [Int] {
    let all = document.instances.indices
    let failed = all.filter { document.instances[$0].failure != nil }
    let behind = claims.flatMap { $0.sides.flatMap { sources.instances(ofCells: $0.cells) } }
    let ran = all.filter { document.instances[$0].status == .ran }
    var seen: Set<Int> = []
    return (failed + behind + ran + Array(all)).filter { seen.insert($0).inserted }
  }

  // MARK: The page

  /// The page's text, at most `maxBytes` long.
  ///
  /// What is left of the size after claims, tables and provenance goes to figures, which are made
  /// smaller until they fit, and then to the details of instances.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when not even the least page fits.
  package func html(
    maxBytes: Int = RunPage.defaultLimit, embed: Embedding = .all
  ) throws(StageFailure) -> String {
    let before = [header, verdict, failureSection, claimSection, paperSection]
    let stages = stageGroups
    let after = [tableSection, runSection(of: stages)]
    let last = [parameterSection, provenanceSection, footer]
    let frame = page(.empty).utf8.count
    var room = maxBytes - frame - (before + after + last).reduce(0) { $0 + $1.byteCount }
    let outline = instanceSection(of: stages, room: 0)
    room -= outline.byteCount
    if room < 0 {
      throw StageFailure(
        .environment, at: "--max-size", "the report of run '\(document.run)' does not fit",
        why: "without figures and details it takes \(maxBytes - room) bytes",
        fix: "write at least --max-size \((maxBytes - room) / 1000 + 1)KB")
    }
    let pictures = figureSection(room: room * 4 / 5, embed: embed)
    room -= min(room, pictures.byteCount)
    let instances = instanceSection(of: stages, room: room)
    return page(.joined(before + [pictures] + after + [instances] + last))
  }

  /// What stands in place of a page that does not fit: why, and how to have it.
  package static func refusal(_ failure: StageFailure) -> String {
    "<!DOCTYPE html>\n"
      + tag("html", ["lang": "en"]) {
        tag("head") {
          tag("meta", ["charset": "utf-8"])
          tag("title") { failure.what }
        }
        tag("body") { tag("pre") { failure.description } }
      }.markup + "\n"
  }

  private func page(_ content: HTML) -> String {
    let head = tag("head") {
      tag("meta", ["charset": "utf-8"])
      tag(
        "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
      tag(
        "meta",
        [
          "http-equiv": "Content-Security-Policy",
          "content": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
            + "base-uri 'none'; form-action 'none'",
        ])
      tag("meta", ["name": "color-scheme", "content": "light dark"])
      tag("meta", ["name": "generator", "content": "pipeline"])
      tag("title") { "\(title): \(verdictSentence)" }
      tag("style") { HTML(trusted: PageStyle.text) }
    }
    let body = tag("body") {
      tag("a", ["class": "skip", "href": "#claims"]) { "Skip to the claims" }
      content
    }
    return "<!DOCTYPE html>\n" + tag("html", ["lang": "en"]) { head + body }.markup + "\n"
  }

  var title: String {
    document.experiment.title.isEmpty ? document.experiment.name : document.experiment.title
  }

  // MARK: Pieces that several sections use

  /// A section with its heading, a sentence below it, and `id` as its place for links.
  func section(
    _ id: String, _ heading: String, note: String = "", @HTMLBuilder _ content: () -> HTML
  ) -> HTML {
    tag("section", ["id": id, "aria-labelledby": "h-" + id]) {
      tag("h2", ["id": "h-" + id]) { heading }
      if !note.isEmpty { tag("p", ["class": "note"]) { note } }
      content()
    }
  }

  /// A box that scrolls sideways where its content is wider than the screen.
  func scrolling(_ label: String, @HTMLBuilder _ content: () -> HTML) -> HTML {
    tag(
      "div", ["class": "wide", "role": "region", "tabindex": "0", "aria-label": label], content)
  }

  /// Links to instances, the first few by name.
  func links(_ indices: [Int], limit: Int = 6) -> HTML {
    let shown = indices.prefix(limit).map { index in
      tag(listed.contains(index) ? "a" : "span", ["href": place(of: index), "class": "id"]) {
        document.instances[index].id
      }
    }
    let rest = indices.count - shown.count
    return .joined(shown, by: ", ") + HTML(rest > 0 ? " and \(rest) more" : "")
  }

  /// Where links to an instance lead; nowhere for one that is not listed.
  func place(of index: Int) -> String? { listed.contains(index) ? "#i-\(index)" : nil }

  func code(_ text: String) -> HTML { tag("code") { text } }
}
