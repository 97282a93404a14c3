import Pipeline

/// The figures of the intensity matrix.
struct MatrixFigures {
  let matrix: AttackMatrix
  let detection: DetectionMatrix
  let detector: Detector

  private var configurations: [String] { matrix.rows.map(\.configuration) }

  private var subtitle: String {
    let seeds = matrix.rows.map(\.runs.count).max() ?? 0
    return matrix.datasetName + (seeds > 1 ? ", mean of \(seeds) seeds" : "")
  }

  private func names(_ intensities: [Double]) -> [String] {
    intensities.map { Value.double($0).plainText }
  }

  /// Attack success in per cent, with the worst case and the floor of each row.
  var asrMap: HeatMap {
    let cells = matrix.rows.map { row -> [Double?] in
      let rates = matrix.intensities.indices.map { position in
        100 * row.mean { $0.rates[position] }
      }
      return rates + [100 * row.mean(\.worst), 100 * row.mean(\.floor)]
    }
    var map = HeatMap(
      title: "Attack success by training and test intensity", rowLabels: configurations,
      columnLabels: names(matrix.intensities) + ["worst", "floor"], cells: cells)
    map.subtitle = subtitle
    map.rowAxis = "training"
    map.columnAxis = "test intensity"
    map.unit = "ASR, %"
    map.range = 0...100
    map.summaryColumns = 2
    return map
  }

  var aurocMap: HeatMap {
    let cells = matrix.rows.map { row in
      detection.intensities.map { detection[row.configuration, $0].auroc }
    }
    var map = HeatMap(
      title: "Detection by \(detector.rawValue)", rowLabels: configurations,
      columnLabels: names(detection.intensities), cells: cells)
    map.subtitle = subtitle
    map.rowAxis = "training"
    map.columnAxis = "test intensity"
    map.unit = "AUROC"
    map.decimals = 3
    map.range = 0...1
    return map
  }

  /// One point for each configuration and test intensity that the defence was measured at, both
  /// coordinates over the detector's images.
  var tradeoff: ScatterChart {
    let series = matrix.rows.filter { !$0.isClean }.map { row in
      ScatterChart.Series(
        row.configuration,
        detection.intensities.compactMap { intensity in
          let cell = detection[row.configuration, intensity]
          guard let asr = cell.asr, let area = cell.auroc else { return nil }
          return ScatterChart.Point(
            100 * asr, area, label: Value.double(intensity).plainText)
        })
    }
    var chart = ScatterChart(title: "Detection against attack success", series: series)
    chart.subtitle = subtitle
    chart.xAxis = "ASR, %"
    chart.yAxis = "AUROC of \(detector.rawValue)"
    chart.legend = "training"
    chart.xRange = 0...100
    return chart
  }
}
