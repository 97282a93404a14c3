import Foundation
import FoundationXML
import Pipeline
import Testing

@Suite struct RunPageTests {
  /// Names of the elements, and every attribute, of a page that is well-formed XML.
  private final class Outline: NSObject, XMLParserDelegate {
    var elements: [String] = []
    var attributes: [(element: String, name: String, value: String)] = []
    var ids: [String] { attributes.filter { $0.name == "id" }.map(\.value) }
    var anchors: [String] {
      attributes.filter { $0.name == "href" }.map { String($0.value.dropFirst()) }
    }

    init(_ page: String) throws {
      super.init()
      let parser = XMLParser(data: Data(page.utf8))
      parser.delegate = self
      let isSound = parser.parse()
      try #require(isSound, "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      elements.append(name)
      for (key, value) in attributes { self.attributes.append((name, key, value)) }
    }
  }

  @Test(arguments: [("Trigger intensity", nil), (PageSamples.hostile, PageSamples.hostile)])
  func thePageIsSoundAndAlone(_ title: String, _ failure: String?) throws {
    let page = try PageSamples.page(title: title, failure: failure)
    let outline = try Outline(page)
    #expect(!outline.elements.contains { ["script", "link", "iframe", "object"].contains($0) })
    for (element, name, value) in outline.attributes {
      #expect(!name.hasPrefix("on"), "\(element) \(name)")
      if name == "src" { #expect(value.hasPrefix("data:image/")) }
      if name == "href" { #expect(value.hasPrefix("#"), "\(value)") }
      if name == "style" { #expect(!value.contains("url")) }
    }
    #expect(!page.contains("url(") && !page.contains("@import"))
    #expect(outline.elements.filter { $0 == "img" }.count == 1)
    #expect(
      outline.attributes.contains {
        $0.name == "content" && $0.value.hasPrefix("default-src 'none'")
      })
  }

  @Test func namesAreApartFromTheirNumbers() throws {
    let page = try PageSamples.page()
    #expect(page.contains("<dt>Ours</dt> <dd>") && page.contains("<dt>Profile</dt> <dd>"))
    #expect(!page.contains("</dt><dd>"))
  }

  @Test func everyLinkLeadsSomewhereOnce() throws {
    let outline = try Outline(try PageSamples.page(failure: "it broke"))
    #expect(Set(outline.ids).count == outline.ids.count)
    #expect(Set(outline.anchors).subtracting(outline.ids).isEmpty)
    #expect(outline.anchors.contains("i-4"))
  }

  @Test func theClaimStandsBeforeEverythingElse() throws {
    let page = try PageSamples.page(failure: "it broke")
    let order = [
      ">The claims hold<", "id=\"failures\"", "id=\"claims\"", "id=\"paper\"", "id=\"figures\"",
      "id=\"tables\"", "id=\"run\"", "id=\"instances\"", "id=\"parameters\"", "id=\"provenance\"",
    ].map { page.firstRange(of: $0)?.lowerBound }
    let known = order.compactMap(\.self)
    #expect(known.count == order.count)
    #expect(known == known.sorted())
    for text in [
      "84.67 against 12.00 (72.67 more)", "92.77 against 10.61 (abstract)", "at least 30 more",
      "70 · 72 · 76", "<td>−8.10</td>", "<td>+1.39</td>", "backdoor.eval, x.yaml:20",
      "git checkout def\npipeline run experiments/titim.yaml epochs=3",
    ] { #expect(page.contains(text), "\(text)") }
  }

  @Test(arguments: [
    (30.0, [], "the claims hold"), (75.0, [], "not settled: the seeds disagree"),
    (90.0, [], "the claims do not hold"),
    (30.0, ["paper"], "no claim is judged at profile default"),
  ])
  func theTitleSaysTheVerdict(_ bound: Double, _ profiles: [String], _ expected: String) throws {
    let report = try PageSamples.report(bound: bound, profiles: profiles)
    let page = try RunPage(
      PageSamples.document(), report: report, instances: PageSamples.results
    ).html()
    #expect(page.contains("<title>Trigger intensity: \(expected)</title>"))
  }

  @Test func equalRunsGiveEqualBytes() throws {
    #expect(try PageSamples.page() == PageSamples.page())
  }

  @Test func logsLoseTheirTerminalColours() throws {
    let page = try PageSamples.page(failure: "\u{1B}[31mred\u{1B}[0m <b>")
    #expect(page.contains(">red &lt;b&gt;</pre>"))
  }

  // MARK: Size

  @Test func tenThousandInstancesFit() throws {
    let page = try RunPage(
      PageSamples.document(instanceCount: 10_000), report: try PageSamples.report(),
      instances: PageSamples.results
    ).html()
    #expect(page.utf8.count < RunPage.defaultLimit)
    let details = page.ranges(of: "<details class=\"instance\">").count
    #expect((100..<1_500).contains(details), "\(details) of 10,000 instances in detail")
    #expect(page.contains("8500 more are in <code>run.json</code>"))
    let outline = try Outline(page)
    #expect(Set(outline.anchors).subtracting(outline.ids).isEmpty)
  }

  /// Behind 2,000 others that ran, where a page lists 1,500.
  @Test func whatIsBehindClaimsHasItsPlaceInALargeRun() throws {
    let sample = PageSamples.document()
    let others = (0..<2_000).map { number in
      RunInstance(
        stage: "other", labels: [AxisLabel(axis: "number", label: "\(number)")], kind: "other",
        location: ViewSamples.here, status: .ran)
    }
    let claimed = sample.instances.dropFirst().map { instance in
      var claimed = RunInstance(
        stage: instance.stage, labels: instance.labels, kind: instance.kind,
        location: instance.location, status: .cached)
      claimed.parts = instance.parts
      return claimed
    }
    let page = try RunPage(
      RunDocument(
        run: sample.run, experiment: sample.experiment, provenance: sample.provenance,
        instances: others + claimed),
      report: try PageSamples.report(),
      instances: others.map {
        InstanceResult(stage: $0.stage, labels: $0.labels, status: .ran)
      } + PageSamples.instances
    ).html()
    let outline = try Outline(page)
    for index in 2_000..<2_006 {
      #expect(outline.ids.contains("i-\(index)"))
      #expect(outline.anchors.contains("i-\(index)"))
    }
    #expect(outline.ids.filter { $0.hasPrefix("i-") }.count == 1_500)
  }

  @Test(arguments: [
    (RunPage.Embedding.all, 60_000, "shown at 1/2 of its size"), (.all, 5_000_000, ""),
    (.thumbs, 5_000_000, ""), (.none, 5_000_000, "not embedded"),
  ])
  func figuresShrinkToFit(
    _ embedding: RunPage.Embedding, _ limit: Int, _ remark: String
  ) throws {
    var noise = PNGImage(width: 120, height: 120, fill: .white)
    var state: UInt32 = 1
    for y in 0..<120 {
      for x in 0..<120 {
        state = state &* 1_664_525 &+ 1_013_904_223
        noise[x, y] = .init(UInt8(state >> 24), UInt8(state >> 16 & 255), UInt8(state >> 8 & 255))
      }
    }
    var instance = ViewSamples.instances()[0]
    instance.figures["preview"] = noise.pngData
    let graph = Graph(
      experiment: PageSamples.document().experiment, instances: [], tables: [],
      plots: [
        PlotView(
          name: "noise", title: "Noise", kind: .images, stage: "attack", output: "preview",
          table: "", x: "", y: "", color: "", over: [], filters: [], location: ViewSamples.here)
      ], expectations: [])
    let report = RunReport(graph: graph, instances: [instance], datasets: [ViewSamples.dataset])
    let page = try RunPage(
      PageSamples.document(), report: report, instances: PageSamples.results
    )
    .html(maxBytes: limit, embed: embedding)
    #expect(page.utf8.count <= limit)
    #expect(page.contains("<b>Noise</b>") && (remark.isEmpty || page.contains(remark)))
    #expect(page.contains("<img") == (embedding != .none))
  }

  @Test func whatCannotFitIsRefused() throws {
    let page = RunPage(
      PageSamples.document(), report: try PageSamples.report(), instances: PageSamples.results)
    let failure = #expect(throws: StageFailure.self) { try page.html(maxBytes: 1000) }
    #expect(failure?.what == "the report of run '20260101-000000-abcd' does not fit")
    let least = try #require(failure?.fix.split(separator: " ").last?.dropLast(2)).description
    let bytes = try #require(Int(least)) * 1000
    #expect(failure?.fix == "write at least --max-size \(least)KB")
    #expect(try page.html(maxBytes: bytes, embed: .none).utf8.count <= bytes)
    let refusal = RunPage.refusal(try #require(failure))
    _ = try Outline(refusal)
    #expect(refusal.contains("write at least --max-size \(least)KB"))
  }

  // MARK: Figures

  private func page(svg: String) throws -> String {
    var instance = ViewSamples.instances()[0]
    instance.figures["preview"] = Data(svg.utf8)
    let graph = Graph(
      experiment: PageSamples.document().experiment, instances: [], tables: [],
      plots: [
        PlotView(
          name: "drawing", title: "Drawing", kind: .images, stage: "attack", output: "preview",
          table: "", x: "", y: "", color: "", over: [], filters: [], location: ViewSamples.here)
      ], expectations: [])
    return try RunPage(
      PageSamples.document(),
      report: RunReport(graph: graph, instances: [instance], datasets: [ViewSamples.dataset]),
      instances: [instance]
    ).html()
  }

  @Test func drawingsOfOursAreInlined() throws {
    var chart = LineChart(
      title: "Loss < 1 & more", series: [.init("a", [.init(0, 1), .init(1, 2)])])
    chart.xAxis = "epoch"
    let page = try page(svg: chart.svg)
    #expect(page.contains("<title>Loss &lt; 1 &amp; more</title>"))
    #expect(!page.contains("<img"))
    #expect(page.components(separatedBy: "<style>").count == 2)
    _ = try Outline(page)
  }

  /// They become pictures, which browsers show without running or loading anything.
  @Test(arguments: [
    "<script>alert(1)</script>", "<rect onload=\"alert(1)\"/>", "<image href=\"https://x.y/z\"/>",
    "<rect fill=\"url(https://x.y/z)\"/>", "<style>@import 'https://x.y/z'</style>", "<g>",
    "<a href=\"javascript:alert(1)\"><text>x</text></a>", "&evil;", "<!-- x -->",
    "<rect class=a b/>", "<rect fill=\"a<b\"/>",
  ])
  func foreignDrawingsAreIsolated(_ content: String) throws {
    let page = try page(svg: "<svg viewBox=\"0 0 9 9\">\(content)</svg>")
    #expect(page.contains("<img src=\"data:image/svg+xml;base64,"))
    #expect(!page.contains(content))
    _ = try Outline(page)
  }
}
