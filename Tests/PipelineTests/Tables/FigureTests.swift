import Foundation
import FoundationXML
import Pipeline
import Testing

/// Counts the elements of an SVG text and collects its words.
private final class SVGReader: NSObject, XMLParserDelegate {
  var elements: [String: Int] = [:]
  var words = ""

  init?(_ svg: String) {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    guard parser.parse() else { return nil }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements[name, default: 0] += 1
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { words += string }
}

@Suite struct FigureTests {
  private var map: HeatMap {
    var map = HeatMap(
      title: "ASR <b> & \"more\"", rowLabels: ["1.0", "mix"], columnLabels: ["0.1", "worst"],
      cells: [[4.94, nil], [88.26, 100]])
    map.summaryColumns = 1
    map.unit = "%"
    map.range = 0...100
    return map
  }

  @Test func aHeatMapIsWellFormed() throws {
    let reader = try #require(SVGReader(map.svg))
    // Ground, four cells and the 24 steps of the colour scale.
    #expect(reader.elements["rect"] == 29)
    #expect(reader.words.contains("ASR <b> & \"more\""))
    for text in ["4.9", "88.3", "100.0", "–", "worst", "50"] {
      #expect(reader.words.contains(text))
    }
    #expect(map.svg == map.svg)
  }

  @Test func textStandsOutFromItsCell() {
    // The dark end of the scale takes white digits, the bright end black ones.
    #expect(map.svg.contains(##"fill="#ffffff" font-size="13" text-anchor="middle">4.9<"##))
    #expect(map.svg.contains(##"fill="#000000" font-size="13" text-anchor="middle">100.0<"##))
    #expect(map.svg.contains("class=\"muted\" font-size=\"13\" text-anchor=\"middle\">–<"))
  }

  @Test func aLineChartHasMarksBandsAndRoundTicks() throws {
    var chart = LineChart(
      title: "t",
      series: [
        .init("a", [.init(0, 3, spread: 1), .init(10, 97, spread: 2)]),
        .init("b", [.init(0, 5), .init(10, 50)]),
      ])
    chart.xAxis = "opacity"
    let reader = try #require(SVGReader(chart.svg))
    #expect(reader.elements["circle"] == 3)
    // One band, two lines, three square marks.
    #expect(reader.elements["path"] == 6)
    for tick in ["0", "20", "40", "60", "80", "100", "opacity"] {
      #expect(chart.svg.contains(">\(tick)</text>"))
    }
  }

  /// Distances that are no number, too small for a step, or both ends the same.
  static let extremes: [[Double]] = [
    [-1e308, 1e308], [1, 1e308], [-.greatestFiniteMagnitude, .greatestFiniteMagnitude],
    [.greatestFiniteMagnitude, .greatestFiniteMagnitude], [0, .leastNonzeroMagnitude],
    [.leastNormalMagnitude / 4, .leastNormalMagnitude / 2],
    [1e-300, 2e-300], [1e300, 1e300.nextUp], [1, 1.0.nextUp], [0, 0],
  ]

  @Test(arguments: extremes)
  func everyChartTakesEveryNumber(values: [Double]) throws {
    let points = values.enumerated().map { LineChart.Point(Double($0), $1, spread: .infinity) }
    let pairs = values.map { ScatterChart.Point($0, $0, label: "p") }
    var map = HeatMap(
      title: "t", rowLabels: ["r"], columnLabels: values.map { "\($0)" }, cells: [values])
    map.decimals = 1
    let box = BoxChart.Box(
      whiskers: values[0]...values[1], quartiles: values[0]...values[1], median: values[1],
      outliers: values)
    let categories = ["a", "b"]
    let drawn = [
      LineChart(title: "t", series: [.init("a", points)]).svg,
      ScatterChart(title: "t", series: [.init("a", pairs)]).svg, map.svg,
      BoxChart(title: "t", rows: [("a", box)]).svg,
      IntervalChart(
        title: "t", categories: categories,
        series: [.init("a", values.map { .init($0, values[0]...values[1]) })]
      ).svg,
    ]
    for svg in drawn {
      let reader = try #require(SVGReader(svg))
      #expect(!svg.contains("nan") && !svg.contains("=\"inf") && !svg.contains("=\"-inf"))
      #expect(reader.words.contains("t"))
    }
    #expect(drawn[0].components(separatedBy: "<circle").count == 3)
  }

  @Test func numbersTooLargeOrTooCloseToWriteOutHaveThreeDigits() {
    func chart(_ low: Double, _ high: Double) -> String {
      LineChart(title: "t", series: [.init("a", [.init(0, low), .init(1, high)])]).svg
    }
    #expect(chart(-1e308, 1e308).contains(">-5e+307</text>"))
    #expect(chart(0, 5e-9).contains(">2e-09</text>"))
    #expect(chart(0, 5e-7).contains(">0.0000002</text>"))
  }

  @Test func categoriesNameThePlaces() throws {
    var chart = LineChart(title: "t", series: [.init("a", [.init(0, 1), .init(1, 2)])])
    chart.xCategories = ["clean", "1.0+0.1"]
    let reader = try #require(SVGReader(chart.svg))
    #expect(reader.words.contains("clean") && reader.words.contains("1.0+0.1"))
  }

  @Test func scatterLabelsNeverCoverEachOther() throws {
    let points = (0..<9).map { _ in ScatterChart.Point(1.5, 1.5, label: "same place") }
    let chart = ScatterChart(
      title: "t", series: [.init("a", points + [.init(1, 1), .init(2, 1.8, label: "far")])])
    let reader = try #require(SVGReader(chart.svg))
    #expect(reader.elements["circle"] == 11)
    let written = reader.words.components(separatedBy: "same place").count - 1
    #expect(written == 4)
    #expect(reader.words.contains("far"))
  }

  @Test func aSheetPlacesAndLabelsItsImages() {
    let dot = PNGImage(width: 2, height: 2, fill: .init(1, 2, 3))
    var sheet = ImageSheet(
      title: "", rowLabels: [""], columnLabels: ["", ""], images: [[dot, nil]])
    sheet.scale = 2
    // Margins of 16, one title line of 14 + 8, columns of 4 and 0 with a gap of 8, a row as high as its label.
    #expect(sheet.image.width == 44 && sheet.image.height == 68)
    #expect(sheet.image[16, 38] == .init(1, 2, 3) && sheet.image[19, 41] == .init(1, 2, 3))
    #expect(sheet.image[20, 38] == .init(250, 250, 250))
  }

  private func preview(_ title: String, width: Int = 8) -> PNGImage {
    let dot = PNGImage(width: width, height: 8, fill: .init(1, 2, 3))
    return ImageSheet(title: title, rowLabels: [""], columnLabels: [""], images: [[dot]]).image
  }

  @Test func aTitleIsCommonOnlyWhereAllCarryIt() throws {
    // Sheets of other widths carry the same title.
    let title = try #require(
      ImageSheet.commonTitle(of: [preview("same"), preview("same", width: 90)]))
    // Four letters of six dots without the last gap, two pixels a dot.
    #expect(title.width == 46 && title.height == 22)
    #expect(ImageSheet.commonTitle(of: [preview("one"), preview("two")]) == nil)
    #expect(ImageSheet.commonTitle(of: [preview(""), preview("")]) == nil)
    let photo = PNGImage(width: 90, height: 90, fill: .init(1, 2, 3))
    #expect(ImageSheet.commonTitle(of: [photo, photo]) == nil)
    #expect(
      ImageSheet.withoutTitle(preview("one")) == ImageSheet.withoutTitle(preview("two")))
  }

  @Test func labelsAboveTakeALineOfTheirRow() {
    let dot = PNGImage(width: 8, height: 8, fill: .init(1, 2, 3))
    var sheet = ImageSheet(
      title: "", rowLabels: ["a", "b"], columnLabels: [""], images: [[dot], [dot]])
    sheet.scale = 1
    sheet.hasLabelsAbove = true
    // Margins of 16, one title line of 22, two labels of 22 over images of 8, a gap of 8.
    #expect(sheet.image.height == 16 + 22 + 30 + 8 + 30 + 16)
    #expect(sheet.image[16, 60] == .init(1, 2, 3) && sheet.image[16, 98] == .init(1, 2, 3))
  }

  @Test func theFontDrawsItsDots() {
    var image = PNGImage(width: 11, height: 9, fill: .white)
    BitmapFont.draw("Tj", in: &image, x: 0, y: 0)
    let rows = (0..<9).map { y in
      String((0..<11).map { image[$0, y] == .black ? "#" : "." })
    }
    #expect(
      rows == [
        "#####....#.", "..#........", "..#.....##.", "..#......#.", "..#......#.", "..#......#.",
        "..#......#.", "......#..#.", ".......##..",
      ])
    #expect(BitmapFont.width(of: "Tj") == 11)
  }

  @Test(arguments: [
    (2.5e-9, "2.5e-09"), (-1e-12, "-1e-12"), (0, "0.000"), (0.0004, "0.0004"), (0.0006, "0.001"),
  ])
  func onlyZeroIsShownAsZero(_ number: Double, _ text: String) {
    #expect(
      NumberText.keeping(number, as: NumberText.fixed(number, decimals: 3)) == text)
  }

  @Test(arguments: [
    (-0.001, 2, "0.00"), (2.675, 1, "2.7"), (-1.25, 1, "-1.2"), (1e6, 0, "1000000"),
  ])
  func numbers(_ number: Double, _ decimals: Int, _ text: String) {
    #expect(NumberText.fixed(number, decimals: decimals) == text)
  }

  @Test func shortNumbers() {
    #expect(NumberText.short(10) == "10")
    #expect(NumberText.short(0.5) == "0.5")
    #expect(NumberText.short(-0.001) == "0")
  }
}
