import Pipeline
import Testing

@Suite struct AnnotationTests {
  private let place = SourceLocation(file: "a b,c.yaml", line: 3, column: 7)

  @Test func gitHubCommandsAreOneLine() {
    let annotation = Annotation(
      Diagnostic(at: place, "50% of: it, all", why: "first\nsecond", fix: "write 1"))
    #expect(
      annotation.text(.github, pathPrefix: "sub/") == "::error file=sub/a b%2Cc.yaml,line=3,col=7,"
        + "title=50%25 of%3A it%2C all::first%0Asecond%0Afix: write 1")
    #expect(
      annotation.text(.plain) == """
        a b,c.yaml:3:7: error: 50% of: it, all
          first
          second
          fix: write 1
        """)
  }

  @Test func placesMayBeUnknown() {
    let argument = SourceLocation(whole: SourceLocation.commandLine)
    #expect(
      Annotation(.note, at: argument, title: "t", message: "").text(.github, pathPrefix: "x/")
        == "::notice title=t::t")
    #expect(
      Annotation(.warning, at: argument, title: "t", message: "").text(.plain, pathPrefix: "x/")
        == "command line: warning: t")
    #expect(
      Annotation(.error, at: SourceLocation(whole: "s.yaml"), title: "t", message: "m")
        .text(.github) == "::error file=s.yaml,title=t::m")
  }
}
