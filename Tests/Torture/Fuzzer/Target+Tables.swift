import Foundation
import Pipeline
import Stages

/// Rows: stored tables, what programs write, data of users.
extension Target {
  static var tableReaders: [Target] {
    [
      Target(name: "table JSON", weight: 0.05, samples: [table], tokens: jsonTokens) { bytes in
        succeeds { _ = try Table(canonicalData: Data(bytes)) }
      },
      Target(name: "rows of a program", weight: 0.05, samples: rows, tokens: [",", "\"", "\n"]) {
        bytes in succeeds { _ = try WrittenRows(bytes).table(columns: []) }
      },
      Target(
        name: "CSV", weight: 0.04, samples: [csv], tokens: ["\"", ",", "\r\n", "\u{feff}", "NaN"]
      ) {
        bytes in
        succeeds {
          let file = try CSVFile(bytes, name: "input")
          for column in file.header { _ = try file.numbers(column) }
        }
      },
      Target(name: "GeoJSON", weight: 0.04, samples: [map], tokens: jsonTokens + mapTokens) {
        bytes in
        succeeds {
          let areas = try GeoJSONReader(file: "input", key: "id").read(bytes)
          let index = AreaIndex(areas.map(\.shape))
          for area in areas { _ = index.area(at: area.shape.centroid) }
          _ = try Contiguity.queen.neighbours(of: areas.map(\.shape), snap: 1e-5, k: 1, xScale: 1)
        }
      },
    ]
  }
}
