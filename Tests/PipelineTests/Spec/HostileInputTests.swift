import Foundation
import Pipeline
import Testing

/// Whatever the file holds, reading it ends with a graph or with located errors, never with a trap.
@Suite("Hostile specifications")
struct HostileInputTests {
  private func first(_ bytes: [UInt8]) -> String {
    let loader = SpecLoader(
      registry: FakeStages.registry, reader: SourceReader { _ in .success(bytes) })
    do {
      _ = try loader.load(file: "spec.yaml")
      return ""
    } catch {
      return error.rendered()
    }
  }

  private func first(_ text: String) -> String { first(Array(text.utf8)) }

  /// Small, so that thousands of mutations are read in seconds, with one of each construct.
  private static let small = """
    version: 1
    name: t
    x-base: &base {train: 5}
    params: {n: {default: 3, min: 1}, rate: 5%}
    axes: {seed: [1, {label: b, value: 2}]}
    profiles: {smoke: {axes: {seed: [b]}}}
    stages:
      data: {uses: dataset.images, with: {<<: *base, test: "${n * 2}"}, timeout: 3m}
      model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
      attack:
        uses: backdoor.evaluate
        inputs: {model: {from: model.model, where: {seed: b}}, images: data.test}
        if: "${rate > 0}"
    tables: {asr: {from: attack.scores, value: asr}}
    expect: [{id: a, value: asr, at_least: 1}]
    """

  @Test func moreThanSixteenMebibytes() {
    #expect(
      first([UInt8](repeating: UInt8(ascii: "a"), count: 17 << 20)) == """
        spec.yaml: error: the file is larger than 16 MiB
          a specification is written by hand; data belongs into data files
          fix: move generated parts out, or use axes instead of repeated stages
        """)
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func deepNesting(_ opening: String) {
    let text = first("version: 1\nx:\n  " + String(repeating: opening, count: 100_000))
    #expect(text.contains("lists and maps are nested more than 64 levels deep"), "\(text)")
  }

  @Test func deepNestingByIndentation() {
    let text = first((0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined())
    #expect(text.contains("lists and maps are nested more than 64 levels deep"), "\(text)")
  }

  @Test func aliasesThatMultiply() {
    var text = "x-a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1...9 {
      let copies = (0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", ")
      text += "x-a\(level): &a\(level) [\(copies)]\n"
    }
    #expect(
      first(text) == """
        spec.yaml:6:47: error: aliases expand to more than 1000000 nodes
            6 | x-a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
              |                                               ^~~
          nested aliases multiply
          fix: remove levels of aliases
        """)
  }

  @Test func aliasesThatDeepen() {
    var text = "x-a0: &a0 [1]\n"
    for level in 1...100 { text += "x-a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(first(text).contains("lists and maps are nested more than 64 levels deep"))
  }

  @Test func bytesThatAreNoText() {
    #expect(
      first("version: 1\nname: a\u{0}b\n") == """
        spec.yaml:2:8: error: byte 0x0 is a control character
            2 | name: a\u{2400}b
              |        ^
          YAML text holds none but tab and line breaks
          fix: remove it; in a quoted string write it as an escape ("\\x07")
        """)
    #expect(
      first(Array("title: \u{e9}".utf8) + [0xFF, 0x0A]).hasPrefix(
        "spec.yaml:1:9: error: byte 0xff is not UTF-8\n"))
    #expect(first([0xFF, 0xFE, 0x41, 0x00]).hasPrefix("spec.yaml:1:4: error: byte 0x0"))
  }

  @Test func manyErrorsAreCut() {
    var text = "version: 1\nname: t\nstages:\n"
    for index in 0..<80 { text += "  s\(index): {uses: nothing}\n" }
    let rendered = first(text)
    #expect(rendered.components(separatedBy: ": error: ").count - 1 == 50)
    #expect(
      rendered.hasSuffix(
        "spec.yaml: note: 30 more errors are not shown\n  fix: mend these first, then check again"))
  }

  @Test func randomMutations() {
    let original = Array(Self.small.utf8)
    let pool = Array("{}[]:,&*!|>'\"%@`#-?<= \n\t$0.é\u{0}".utf8)
    var draw = Draw()
    func random(_ bound: Int) -> Int { draw.next(below: bound) }
    for _ in 0..<3_000 {
      var bytes = original
      for _ in 0...random(3) {
        let place = random(bytes.count)
        switch random(4) {
        case 0: bytes[place] = pool[random(pool.count)]
        case 1: bytes.insert(pool[random(pool.count)], at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(40)))
        default: bytes.swapAt(place, random(bytes.count))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      for line in first(bytes).split(separator: "\n") where line.hasPrefix("spec.yaml:") {
        #expect(line.contains(": error: ") || line.contains(": note: "), "\(text)")
      }
    }
  }

  @Test func randomExpressions() {
    let words = [
      "1", "2.5", "'a'", "n", "matrix", "profile", "(", ")", "[", "]", "+", "-", "*", "/", "//",
      "%",
      "==", "<", "and", "or", "not", ",", ".", "min", "len", "round", "9223372036854775807", "true",
    ]
    var draw = Draw()
    var refused = 0
    let count = 2_000
    for _ in 0..<count {
      let text = (0...draw.next(below: 9)).map { _ in words[draw.next(below: words.count)] }
        .joined(separator: " ")
      let problems = ExampleSpec.problems(
        """
        version: 1
        name: t
        params: {n: 3}
        stages: {a: {uses: dataset.images, with: {train: "${\(text)}"}}}
        """)
      if problems.isEmpty { continue }
      refused += 1
      // Within the scalar, which begins at column 50.
      let place = problems.split(separator: ":").prefix(3)
      #expect(place.count == 3 && place[0] == "spec.yaml" && place[1] == "4", "\(text)")
      #expect((Int(place.last ?? "") ?? 0) >= 50, "\(text): \(problems)")
    }
    #expect(refused > count / 2 && refused < count)
  }

  @Test func aLongExpressionIsRefused() {
    let sum = (0..<2_000).map { _ in "1" }.joined(separator: "+")
    let nest = String(repeating: "(", count: 300) + "1" + String(repeating: ")", count: 300)
    for (text, expected) in [
      (sum, "the expression is longer than 1000 characters"),
      (nest, "the expression is nested too deeply"),
    ] {
      let problems = ExampleSpec.problems(
        "version: 1\nname: t\nstages: {a: {uses: dataset.images, with: {train: \"${\(text)}\"}}}\n")
      #expect(problems.contains(expected))
    }
  }
}

/// The same numbers in every run (xorshift).
private struct Draw {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
}
