import Foundation
import Pipeline
import Testing

struct NumberStyleTests {
  @Test(arguments: [
    (".2f", 0.254, "0.25", "0.25"), (".2f", 0.3, "0.30", "0.3"), (".0f", 2.5e-9, "0", "0"),
    (".2e", 2.5e-9, "2.50e-09", "2.50e-09"), (".1e", -123_456, "-1.2e+05", "-1.2e+05"),
    (".0e", -0.0, "0e+00", "0e+00"),
  ])
  func numbers(pattern: String, number: Double, text: String, shortText: String) throws {
    let form = try #require(NumberStyle(pattern: pattern))
    #expect(form.text(number) == text && form.shortText(number) == shortText)
  }

  @Test(arguments: ["", ".", "2f", ".f", ".e", ".2", ".2g", ".10e", ".-1e", "..2f"])
  func othersAreNoForm(pattern: String) {
    #expect(NumberStyle(pattern: pattern) == nil)
  }

  /// The table as it is shown, and as it comes back from its file.
  @Test func aTableKeepsItsForm() throws {
    var format = TableView.Format()
    format.numbers = NumberStyle(decimals: 1, isScientific: true)
    let view = TableView(
      name: "p", title: "Chance", stage: "attack", output: "scores", rows: ["train"],
      columns: ["test"], values: ["asr"], filters: [], over: ["seed"], derived: [],
      format: format, highlight: nil, location: ViewSamples.here)
    let samples: [(train: String, seed: String, values: [Double?])] = [
      ("mix", "1", [2.5e-9, 0.84])
    ]
    let table = try view.evaluate(
      ViewSamples.instances(samples), dataset: ViewSamples.dataset)
    #expect(table.terminalText().contains("mix    2.5e-09  8.4e-01\n"))
    let stored = try #require(
      PivotTable(
        jsonValue: Value(
          json: Data(
            table.jsonValue.canonicalJSON.utf8))))
    #expect(stored == table)
  }
}
