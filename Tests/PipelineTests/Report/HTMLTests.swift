import Pipeline
import Testing

@Suite struct HTMLTests {
  @Test(arguments: [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("a & b \"c\"", "a &amp; b &quot;c&quot;"), ("züge – ≈", "züge – ≈"),
    ("\u{1B}[31mred\u{0}", "␛[31mred␀"), ("one\ntwo\t3", "one\ntwo\t3"),
    ("turn \u{202E}txt.exe", "turn \u{FFFD}txt.exe"), ("\u{FFFF}\u{85}", "\u{FFFD}\u{FFFD}"),
  ])
  func textCannotBecomeMarkup(_ text: String, _ expected: String) {
    #expect(HTML(text).markup == expected)
    #expect(tag("p", ["title": text]) { text }.markup == "<p title=\"\(expected)\">\(expected)</p>")
  }

  @Test func anElementHoldsStatements() {
    let list = tag("ul", ["class": nil, "id": "x"]) {
      for number in 1...2 { tag("li") { "\(number)" } }
      if isMany(0) { "never" }
      tag("img", ["alt": "a"])
    }
    #expect(list.markup == "<ul id=\"x\"><li>1</li><li>2</li><img alt=\"a\"/></ul>")
  }

  private func isMany(_ count: Int) -> Bool { count > 0 }
}
