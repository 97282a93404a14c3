import Foundation
import Pipeline
import Stages
import Testing

struct StageReferenceTests {
  @Test func thePageInDocsIsCurrent() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/stages.md")
    let stored = try String(contentsOf: page, encoding: .utf8)
    let current = StageReference.markdown(of: Registry.stages.types)
    #expect(stored == current, "docs/stages.md is stale: run 'make docs'")
  }

  @Test func helpNamesEveryParameterWithItsDefault() throws {
    let type = try #require(Registry.stages["backdoor.poison"])
    let text = StageReference.text(of: type)
    for parameter in type.parameters { #expect(text.contains("\n  \(parameter.name) ")) }
    #expect(text.contains("number, in fraction, 0 < x < 1, default 0.05"))
  }
}
