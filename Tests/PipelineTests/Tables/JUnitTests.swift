import Foundation
import Pipeline
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct JUnitTests {
  private static let document = JUnitDocument(
    "t (smoke)",
    [
      JUnitDocument.Suite(
        "stages",
        [
          JUnitDocument.Case(
            "model[mix=\"a<b\"]", group: "t.model", seconds: 1.25,
            location: SourceLocation(file: "t.yaml", line: 3, column: 1), outcome: .passed),
          JUnitDocument.Case(
            "attack", group: "t.attack", location: nil,
            outcome: .failed(
              kind: "input", message: "x & y\nare equal",
              detail: "x: \u{1B}[31mred\u{1B}[0m ]]> end\nsecond line")),
          JUnitDocument.Case(
            "late", group: "t.late", location: nil, outcome: .skipped("attack has no result")),
        ]),
      JUnitDocument.Suite("claims", []),
    ])

  @Test func text() {
    #expect(
      Self.document.text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="t (smoke)" tests="3" failures="1" errors="0" skipped="1" time="1.250">
          <testsuite name="stages" tests="3" failures="1" errors="0" skipped="1" time="1.250">
            <testcase name="model[mix=&quot;a&lt;b&quot;]" classname="t.model" time="1.250" \
        file="t.yaml" line="3"/>
            <testcase name="attack" classname="t.attack" time="0.000">
              <failure type="input" message="x &amp; y&#10;are equal">x: [31mred[0m ]]&gt; end
        second line</failure>
            </testcase>
            <testcase name="late" classname="t.late" time="0.000">
              <skipped message="attack has no result"/>
            </testcase>
          </testsuite>
          <testsuite name="claims" tests="0" failures="0" errors="0" skipped="0" time="0.000">
          </testsuite>
        </testsuites>

        """)
  }

  /// What a reader of the format finds.
  private final class Reader: NSObject, XMLParserDelegate {
    var attributes: [String: [[String: String]]] = [:]
    var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      self.attributes[name, default: []].append(attributes)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  @Test func aParserReadsIt() {
    let reader = Reader()
    let parser = XMLParser(data: Data(Self.document.text.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.attributes["testsuite"]?.map { $0["tests"] } == ["3", "0"])
    #expect(
      reader.attributes["testcase"]?.map { $0["name"] } == ["model[mix=\"a<b\"]", "attack", "late"])
    #expect(reader.attributes["failure"]?.first?["message"] == "x & y\nare equal")
    #expect(reader.text.contains("x: [31mred[0m ]]> end\nsecond line"))
  }

  @Test func claimsFailOnlyWhereTheyFailTheRun() throws {
    let mix = try CellExpression(parsing: "asr[train=mix, test=0.1]")
    let absent = try CellExpression(parsing: "asr[train=none, test=0.1]")
    let table = try ViewSamples.table()
    func result(
      _ id: String, _ condition: Claim.Condition, level: Claim.Level = .error,
      seeds: Claim.Seeds = .mean, profiles: [String] = []
    ) -> ExpectationResult {
      Claim(
        id: id, claim: "", condition: condition, paper: nil, seeds: seeds, level: level,
        profiles: profiles, location: ViewSamples.here
      ).judge(["asr": table], profile: "default", dataset: ViewSamples.dataset)
    }
    let results = [
      result("a", .atLeast(mix, 80)), result("b", .atLeast(mix, 90)),
      result("c", .atLeast(mix, 90), level: .warn),
      result("d", .atLeast(mix, 82), seeds: .all),
      result("e", .atLeast(mix, 80), profiles: ["paper"]), result("f", .atLeast(absent, 80)),
    ]
    func outcomes(isStrict: Bool = false, fails: Bool = true) -> [String] {
      ExpectationResult.junitSuite(
        results, of: [], experiment: "t", isStrict: isStrict, fails: fails
      ).cases.map { entry in
        switch entry.outcome {
        case .passed: "passed"
        case .failed(let kind, _, _): "failed \(kind)"
        case .skipped(let message): "skipped \(message)"
        }
      }
    }
    let lenient = [
      "passed", "failed fail", "skipped not shown (warn)",
      "skipped inconclusive: it holds for 2 of 3 seeds",
      "skipped not judged: judged at profile paper, not at default", "failed missing",
    ]
    #expect(outcomes() == lenient)
    #expect(outcomes(isStrict: true)[3] == "failed inconclusive")
    #expect(outcomes(fails: false)[1] == "skipped not shown")
  }
}
