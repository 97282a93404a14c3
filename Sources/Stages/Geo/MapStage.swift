import Compute
import Foundation
import Pipeline

/// `crash.map`: a number of areas, or its local clusters, as a coloured map.
struct MapStage: Stage {
  static let kind = "crash.map"
  static let version = 2
  static let summary = "Draws a number of areas, or its local clusters, as a map with a legend."
  static let inputs =
    AreaValues.inputs + [
      InputSlot(
        "lisa", .table, isOptional: true,
        help: "local clusters of spatial.autocorr: these are drawn, not the number")
    ]
  static let outputs = [OutputSlot("map", .figure, help: "the map, SVG")]

  private let values: AreaValues
  private let bins: Int
  private let title: String
  private let unit: String
  private let decimals: Int

  init(_ p: inout ParameterReader) {
    values = AreaValues(&p, default: "income")
    bins = p.int("bins", default: 5, in: 2...9, help: "classes of equally many areas")
    title = p.string("title", default: "", help: "default: the name of the number")
    unit = p.string("unit", default: "", help: "of the number, for the legend")
    decimals = p.int("decimals", default: 2, in: 0...6, help: "of the numbers in the legend")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 1, memoryBytes: 256 << 20) }

  func run(_ context: StageContext) throws {
    let map = try AreaMap(reading: context.input("tracts").url)
    let lisa = context.optionalInput("lisa")
    let (categories, members) =
      try lisa.map { try clusters($0, map) } ?? quantiles(values.read(context, map))
    // What lies beyond all areas with a class, as islands where nobody lives, would shrink them.
    let classed = map.shapes.indices.filter { members[$0] != nil }
    let frame = MapBox(
      around: classed.lazy.flatMap { [map.shapes[$0].box.low, map.shapes[$0].box.high] })
    let rings = map.shapes.map { $0.rings.filter { MapBox(around: $0).meets(frame) } }
    let shown = rings.indices.filter { !rings[$0].isEmpty }
    let xScale = map.xScale
    var chart = AreaMapChart(
      title: title.isEmpty ? values.name : title,
      areas: shown.map { area in
        rings[area].map { $0.map { AreaMapChart.Point($0.x * xScale, $0.y) } }
      }, categories: categories, members: shown.map { members[$0] })
    chart.subtitle = map.name + ", \(map.count) areas"
    if shown.count < map.count {
      chart.subtitle += ", \(map.count - shown.count) of them without a value beyond this map"
    }
    chart.legend = lisa == nil ? unit : "clusters (number of areas)"
    chart.scaleBar = scaleBar(
      map, MapBox(around: rings.joined().joined()), xScale: xScale)
    try Data(chart.svg.utf8).write(to: context.output("map"))
  }

  /// About a fifth of the width that is drawn, in round numbers.
  private func scaleBar(
    _ map: AreaMap, _ box: MapBox, xScale: Double
  ) -> (length: Double, label: String) {
    let kilometres = (map.metresPerUnit ?? 1000) / 1000
    let target = max(box.width * xScale, box.height) / 5 * kilometres
    let rounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map(Double.init)
    let length = rounds.last { $0 <= target } ?? target
    let name = map.unit == .degrees ? "km" : "cells"
    return (length / kilometres, NumberText.short(length) + " \(name)")
  }

  private func quantiles(
    _ numbers: [Double?]
  ) throws -> ([AreaMapChart.Category], [Int?]) {
    let known = numbers.compactMap(\.self)
    guard let least = known.min(), let most = known.max() else {
      throw StageFailure(
        at: "column \(values.column)", "no area has a number", why: "there is nothing to draw",
        fix: "name another column, or keep more areas")
    }
    // Equal quantiles would make empty classes: a count that is mostly 0 has fewer.
    let cuts = (1..<bins).compactMap { Summary.quantile(Double($0) / Double(bins), of: known) }
    let inner = Set(cuts).filter { $0 < most }.sorted()
    let bounds = [least] + inner + [most]
    func text(_ number: Double) -> String { NumberText.fixed(number, decimals: decimals) }
    let categories = (0...inner.count).map { index in
      let (low, high) = (text(bounds[index]), text(bounds[index + 1]))
      return AreaMapChart.Category(
        index > 0 ? "\(low) < … ≤ \(high)" : low == high ? low : "\(low) to \(high)",
        .sequential(inner.isEmpty ? 0.5 : 0.15 + 0.85 * Double(index) / Double(inner.count)))
    }
    return (categories, numbers.map { value in value.map { value in inner.count { value > $0 } } })
  }

  private func clusters(
    _ input: InputArtifact, _ map: AreaMap
  ) throws -> ([AreaMapChart.Category], [Int?]) {
    let table = try Table(canonicalData: Data(contentsOf: input.url))
    let names = table.columns.map(\.name)
    guard let area = names.firstIndex(of: "area"), let quadrant = names.firstIndex(of: "quadrant"),
      let significant = names.firstIndex(of: "significant")
    else {
      throw StageFailure(
        at: "input lisa", "the table has no columns area, quadrant and significant",
        why: "its columns are " + names.joined(separator: ", "),
        fix: "connect 'lisa' of spatial.autocorr")
    }
    let categories: [(quadrant: String, AreaMapChart.Category)] = [
      ("HH", .init("high among high", .series(7))), ("LL", .init("low among low", .series(0))),
      ("HL", .init("high among low", .series(3))), ("LH", .init("low among high", .series(6))),
    ]
    let index = Dictionary(uniqueKeysWithValues: map.ids.enumerated().map { ($1, $0) })
    var members = [Int?](repeating: nil, count: map.count)
    for row in table.rows {
      guard let at = row[area].text.flatMap({ index[$0] }) else { continue }
      let cluster = categories.firstIndex { $0.quadrant == row[quadrant].text }
      members[at] = row[significant] == .bool(true) ? cluster : categories.count
    }
    return (
      categories.map(\.1) + [AreaMapChart.Category("not significant", .neutral)], members
    )
  }
}
