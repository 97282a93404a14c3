import Foundation
import Pipeline
import Testing

struct SourceMemoryTests {
  private static func spec(_ name: String) -> String {
    """
    version: 1
    name: \(name)
    stages:
      a: {uses: test.fake}

    """
  }

  @Test func aFileIsReadOnce() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "s.yaml")
    let loader = SpecLoader(
      registry: StageRegistry([TextStage.type]), reader: .remembering(.disk))
    try Data(Self.spec("first").utf8).write(to: file)
    #expect(try loader.load(file: file.path).experiment.name == "first")
    try Data(Self.spec("second").utf8).write(to: file)
    #expect(try loader.load(file: file.path).experiment.name == "first")
    let other = SpecLoader(registry: StageRegistry([TextStage.type]))
    #expect(try other.load(file: file.path).experiment.name == "second")
  }
}
