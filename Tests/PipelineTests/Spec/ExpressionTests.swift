import Pipeline
import Testing

@Suite("Expressions and scalars")
struct ExpressionTests {
  /// The value that a stage's `name` (a string) or `train` (an integer) gets.
  private func value(of written: String, for parameter: String) throws -> Value? {
    let text = """
      version: 1
      name: t
      params: {n: 7, rate: 0.5, words: [a, b], mode: fast}
      axes: {arm: [{label: x, value: {size: 3, list: [4, 5]}}]}
      stages:
        a:
          uses: dataset.images
          matrix: [arm]
          with:
            \(parameter): \(written)
      """
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml")
    return graph.instances[0].bound.parameters[parameter]
  }

  @Test(arguments: [
    ("${n}", 7), ("\"${n + 1}\"", 8), ("${2 + 3 * 4}", 14), ("${(2 + 3) * 4}", 20),
    ("${7 // 2}", 3),
    ("${0 - 7 // 2 + 9}", 6), ("${-7 // 2 + 9}", 5), ("${-7 % 4}", 1), ("${round(rate * n)}", 4),
    ("${min(n, 3)}", 3), ("${max([1, 2, 9])}", 9), ("${len(words)}", 2), ("${len('abc')}", 3),
    ("${matrix.arm.size}", 3), ("${matrix.arm.list[1]}", 5), ("${int(rate * 9)}", 4),
    ("${ceil(0.2)}", 1), ("${floor(1.9)}", 1), ("${abs(-3)}", 3), ("${int(7 / 2)}", 3),
    ("${[1, 2, 3][n - 6]}", 2), ("${int('7') + 1}", 8), ("${int(float('2.5') * 2)}", 5),
  ])
  func integers(_ written: String, _ expected: Int) throws {
    #expect(try value(of: written, for: "train") == .int(expected))
  }

  @Test func theMarkBeforeTheTextIsNoText() throws {
    let text = "\u{FEFF}version: 1\nname: t\nstages: {a: {uses: dataset.images}}\n"
    #expect(try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml").instances.count == 1)
  }

  @Test(arguments: [
    ("\"${mode}\"", "fast"), ("a-${n}-b", "a-7-b"), ("$${n}", "${n}"), ("${mode + '!'}", "fast!"),
    ("\"${str(n > 5 and not (mode == 'slow'))}\"", "true"), ("${str(1 / 4)}", "0.25"),
    ("${profile}", "default"), ("${words[1]}", "b"), ("${str(1 == 1.0)}", "true"),
    ("${str('a' < 'b' or 1 / 0 > 1)}", "true"), ("${str(n != 7 or rate >= 0.5)}", "true"),
    ("x ${'}'} y", "x } y"), ("no", "no"), ("0o17", "0o17"), ("1:30", "1:30"), ("0x1F", "0x1F"),
    ("1_000", "1_000"), ("on", "on"), ("'1'", "1"), ("- ", ""),
  ])
  func texts(_ written: String, _ expected: String) throws {
    if written == "- " {
      // A list is no string, and says so.
      #expect(throws: SpecErrors.self) { try value(of: "[a]", for: "name") }
    } else {
      #expect(try value(of: written, for: "name") == .string(expected))
    }
  }

  @Test func overridesAreReadByDeclaredType() throws {
    let text = """
      version: 1
      name: t
      params: {version: "37", rate: 0.5, n: 1, on: true, list: [1]}
      stages: {a: {uses: copy}}
      """
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(
      file: "s.yaml", overrides: ["version=38.0", "rate=5%", "n=-4", "on=false", "list=[2, x]"])
    #expect(
      graph.experiment.parameters.map(\.value) == [
        .string("38.0"), .double(0.05), .int(-4), .bool(false), .list([.int(2), .string("x")]),
      ])
  }

  @Test func mergesAndIgnoredKeys() throws {
    let text = """
      version: 1
      name: t
      x-base: &base {train: 5, test: 6}
      x-more: &more {test: 7, name: m}
      stages:
        a: {uses: dataset.images, with: {<<: [*base, *more], test: 9}}
        b: {uses: dataset.images, with: *more, x-note: anything}
      """
    let graph = try ExampleSpec.loader(["s.yaml": text]).load(file: "s.yaml")
    let first = graph.instances[0].bound.parameters
    #expect(first["train"] == .int(5) && first["test"] == .int(9) && first["name"] == .string("m"))
    #expect(graph.instances[1].bound.parameters["test"] == .int(7))
  }
}
