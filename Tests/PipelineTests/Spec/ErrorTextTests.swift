import Pipeline
import Testing

/// A specification with mistakes and all that is said about them.
struct ErrorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let overrides: [String]
  let expected: String

  init(_ name: String, overrides: [String] = [], _ text: String, gives expected: String) {
    self.name = name
    self.text = text
    self.overrides = overrides
    self.expected = expected
  }

  var testDescription: String { name }

  static let all = language + declarations + stages + inputs + expressions + views + claims
}

@Suite("Error texts of specifications")
struct ErrorTextTests {
  @Test(arguments: ErrorCase.all)
  func wording(_ error: ErrorCase) {
    #expect(ExampleSpec.problems(error.text, overrides: error.overrides) == error.expected)
  }

  @Test func missingFileAndFolder() throws {
    let loader = SpecLoader(registry: FakeStages.registry)
    let missing = #expect(throws: SpecErrors.self) { try loader.load(file: "/no/such/spec.yaml") }
    #expect(
      missing?.rendered() == """
        /no/such/spec.yaml: error: there is no such file
          fix: check the path and the name
        """)
    let folder = #expect(throws: SpecErrors.self) { try loader.load(file: "/") }
    #expect(
      folder?.rendered() == """
        /: error: this is a folder
          fix: name the .yaml file in it
        """)
  }

  @Test func unknownProfile() {
    let text = """
      version: 1
      name: t
      profiles: {smoke: {}}
      stages: {a: {uses: copy}}
      """
    #expect(
      ExampleSpec.problems(text, profile: "smok") == """
        command line: error: there is no profile 'smok'
          spec.yaml has: smoke, default
          fix: did you mean 'smoke'?
        """)
  }

  @Test func includes() throws {
    func problems(_ files: [String: String]) -> String {
      do {
        _ = try ExampleSpec.loader(files).load(file: "a/spec.yaml")
        return ""
      } catch {
        return error.rendered()
      }
    }
    let head = "version: 1\nname: t\nstages: {a: {uses: copy}}\n"
    #expect(
      problems(["a/spec.yaml": head + "include: [b.yaml]\n", "a/b.yaml": "include: [spec.yaml]\n"])
        == """
        a/b.yaml:1:11: error: files include each other: a/spec.yaml -> a/b.yaml -> a/spec.yaml
            1 | include: [spec.yaml]
              |           ^~~~~~~~~
          includes form a tree
          fix: remove one of these includes
        """)
    #expect(
      problems(["a/spec.yaml": head + "include: [../../b.yaml, c.yaml]\n"]) == """
        a/spec.yaml:4:11: error: '../../b.yaml' lies outside the project
            4 | include: [../../b.yaml, c.yaml]
              |           ^~~~~~~~~~~~
          a specification and its includes stay in one folder tree
          fix: copy the file into the project
        a/spec.yaml:4:25: error: cannot include 'a/c.yaml': there is no such file
            4 | include: [../../b.yaml, c.yaml]
              |                         ^~~~~~
          fix: check the path and the name
        """)
    let other = "stages: {a: {uses: copy}}\nparams: {n: 1}\n"
    #expect(
      problems(["a/spec.yaml": head + "include: [b.yaml]\n", "a/b.yaml": other]) == """
        a/spec.yaml:3:10: error: 'a' is set in two files
            3 | stages: {a: {uses: copy}}
              |          ^
          'stages' has it already (a/b.yaml:1)
          fix: remove one, or write the later one under 'override: {stages: ...}'
        """)
    let overriding = "version: 1\nname: t\ninclude: [b.yaml]\noverride: {params: {m: 2}}\n"
    #expect(
      problems(["a/spec.yaml": overriding, "a/b.yaml": other]) == """
        a/spec.yaml:4:21: error: there is no 'm' in 'params' to override
            4 | override: {params: {m: 2}}
              |                     ^
          fix: choose one of: n
        """)
    let sound = overriding.replacing("m: 2", with: "n: 2")
    let graph = try ExampleSpec.loader(["a/spec.yaml": sound, "a/b.yaml": other])
      .load(file: "a/spec.yaml")
    #expect(graph.experiment.parameters.map(\.value) == [.int(2)])
  }
}
