import Pipeline
import Testing

@Suite struct MapChartTests {
  private static func ring(_ corners: [(Double, Double)]) -> [AreaMapChart.Point] {
    (corners + corners.prefix(1)).map { AreaMapChart.Point($0.0, $0.1) }
  }

  /// Two squares side by side on a map of 560 units: 280 a side, 560 half units. The corner on a
  /// straight edge goes, and so does an area smaller than the grid.
  @Test func cornersKeepToAGridThatNeighboursShare() {
    var chart = AreaMapChart(
      title: "Two",
      areas: [
        [Self.ring([(0, 0), (0.5, 0), (1, 0), (1, 1), (0, 1)])],
        [Self.ring([(1, 0), (2, 0), (2, 1), (1, 1)])],
        [Self.ring([(0.5, 0.5), (0.5001, 0.5), (0.5, 0.5001)])],
      ],
      categories: [.init("low", .sequential(0)), .init("some", .series(0))], members: [0, 1, nil])
    chart.legend = "share"
    chart.scaleBar = (0.5, "5 km")
    let svg = chart.svg
    #expect(
      svg.contains("<path d=\"M0 560l560 0 0-560-560 0z\" fill-rule=\"evenodd\" fill=\"#440154\""))
    #expect(
      svg.contains("<path d=\"M560 560l560 0 0-560-560 0z\" fill-rule=\"evenodd\" class=\"f0 "))
    #expect(svg.components(separatedBy: "<path ").count == 3)
    #expect(svg.contains(">low  (1)</text>") && svg.contains(">no value  (1)</text>"))
    // 0.5 of a unit of 280.
    #expect(
      svg.contains("x1=\"600\"") && svg.contains("x2=\"740\"") && svg.contains(">5 km</text>"))
  }

  @Test func intervalsStandBesideEachOther() {
    let chart = IntervalChart(
      title: "Effects", categories: ["a", "b"],
      series: [
        .init("found", [.init(-1, -2...0), nil]), .init("true", [.init(-1.5), .init(1)]),
      ])
    let svg = chart.svg
    // One interval: its line and two ends.
    #expect(svg.components(separatedBy: "class=\"s0\"").count == 4)
    #expect(svg.components(separatedBy: "class=\"s1\"").count == 1)
    #expect(svg.contains(">found</text>") && svg.contains(">b</text>"))
  }
}
