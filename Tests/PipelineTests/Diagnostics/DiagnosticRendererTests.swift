import Pipeline
import Testing

@Suite("Diagnostics as text")
struct DiagnosticRendererTests {
  private func sources(_ text: String) -> SourceTexts {
    var sources = SourceTexts()
    sources.add(SourceText(file: "a.yaml", text: text))
    return sources
  }

  @Test func allFourParts() {
    let location = SourceLocation(file: "a.yaml", line: 2, column: 11, length: 3)
    let diagnostic = Diagnostic(
      at: location, "opacity 1.4 is outside 0...1", why: "it is a fraction", fix: "write 0.4")
    #expect(
      DiagnosticRenderer(sources: sources("a:\n  opacity: 1.4\n")).render([diagnostic]) == """
        a.yaml:2:11: error: opacity 1.4 is outside 0...1
            2 |   opacity: 1.4
              |           ^~~
          it is a fraction
          fix: write 0.4
        """)
  }

  @Test func withoutPlace() {
    let renderer = DiagnosticRenderer()
    #expect(renderer.render(Diagnostic(.warning, at: nil, "odd")) == "warning: odd")
    let whole = Diagnostic(at: SourceLocation(whole: "a.yaml"), "empty")
    #expect(renderer.render(whole) == "a.yaml: error: empty")
    let beyond = Diagnostic(at: SourceLocation(file: "a.yaml", line: 9, column: 4), "gone")
    #expect(
      DiagnosticRenderer(sources: sources("x")).render(beyond) == "a.yaml:9:4: error: gone")
  }

  @Test func tabsAndWideCharactersKeepTheCaretInPlace() {
    let location = SourceLocation(file: "a.yaml", line: 1, column: 5, length: 40)
    #expect(
      DiagnosticRenderer(sources: sources("\té: b")).render(Diagnostic(at: location, "x")) == """
        a.yaml:1:5: error: x
            1 |  é: b
              |     ^
        """)
  }

  @Test func longLinesAreCutAroundTheCaret() {
    let line = String(repeating: "a", count: 300) + "b" + String(repeating: "c", count: 300)
    let text = DiagnosticRenderer(sources: sources(line)).render(
      Diagnostic(at: SourceLocation(file: "a.yaml", line: 1, column: 301), "x"))
    let rows = text.split(separator: "\n")
    #expect(
      rows[1] == "    1 | " + String(repeating: "a", count: 50) + "b"
        + String(repeating: "c", count: 49))
    #expect(rows[2] == "      | " + String(repeating: " ", count: 50) + "^")
  }

  @Test func colour() {
    let text = DiagnosticRenderer(usesColor: true).render(Diagnostic(at: nil, "odd"))
    #expect(text == "\u{1B}[1;31merror:\u{1B}[0m \u{1B}[1modd\u{1B}[0m")
  }
}
