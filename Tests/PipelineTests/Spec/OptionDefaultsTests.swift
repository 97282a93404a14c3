import Pipeline
import Testing

@Suite("Defaults of options")
struct OptionDefaultsTests {
  private func read(_ text: String) throws(SpecErrors) -> OptionDefaults {
    try OptionDefaults(file: "c.yaml", verbs: ["run", "plan"], reader: .memory(["c.yaml": text]))
  }

  @Test func theyReadAsOptions() throws {
    let defaults = try read(
      """
      global: {color: never, data: [/a, "/b c"]}
      run: {jobs: 4, keep-going: true, strict: false}
      """)
    let shared = ["--color", "never", "--data", "/a", "--data", "/b c"]
    #expect(defaults.arguments(for: "run") == shared + ["--jobs", "4", "--keep-going"])
    #expect(defaults.arguments(for: "plan") == shared)
  }

  @Test func mistakesAreShown() {
    let error = #expect(throws: SpecErrors.self) {
      try read("global: {data: {a: 1}}\nrum: {jobs: 1}\nplan: 3\n")
    }
    #expect(
      error?.rendered() == """
        c.yaml:1:16: error: option 'data' is a map
            1 | global: {data: {a: 1}}
              |                ^
          expected a value or a list of them
        c.yaml:2:1: error: unknown key 'rum' in the configuration
            2 | rum: {jobs: 1}
              | ^~~
          allowed: global, run, plan
          fix: did you mean 'run'?
        c.yaml:3:7: error: 'plan' is '3'
            3 | plan: 3
              |       ^
          expected a map from options to values
        """)
    let missing = #expect(throws: SpecErrors.self) {
      try OptionDefaults(file: "no.yaml", verbs: [], reader: .memory([:]))
    }
    #expect(
      missing?.rendered() == """
        command line: error: --config no.yaml: there is no such file
          fix: check the path and the name
        """)
  }
}
