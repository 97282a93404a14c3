import Pipeline
import Testing

struct BoxChartTests {
  /// The axis ends with the whiskers; what lies beyond is a dot on it or a note at the row's end.
  @Test func farValuesDoNotSqueezeTheRest() {
    var chart = BoxChart(
      title: "Errors",
      rows: [
        (
          "a line",
          .init(whiskers: 1...4, quartiles: 2...3, median: 2.5, outliers: [36.125, 4.5, 12])
        ),
        ("a network", .init(whiskers: 0.5...4.75, quartiles: 1...1.5, median: 1, outliers: [])),
      ])
    chart.axis = "root_pehe"
    let svg = chart.svg
    #expect(svg.contains(">2 more, to 36.1</text>"))
    #expect(svg.contains(">a network</text>") && svg.contains(">root_pehe</text>"))
    // One dot, for 4.5; two boxes.
    #expect(svg.components(separatedBy: "<circle").count == 2)
    #expect(svg.components(separatedBy: "class=\"f0\"").count - 1 >= 2)
  }

  @Test func noRowsAreNoTrap() {
    #expect(BoxChart(title: "Nothing", rows: []).svg.hasPrefix("<svg"))
  }
}
