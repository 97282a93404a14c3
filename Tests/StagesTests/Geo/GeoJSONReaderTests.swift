import Foundation
import Pipeline
import Stages
import Testing

@Suite struct GeoJSONReaderTests {
  private static let ring = "[[0,0],[1,0],[1,1],[0,0]]"

  private static func collection(
    _ id: String = "\"06\"", type: String = "Polygon", coordinates: String = "[\(ring)]"
  ) -> String {
    """
    {"type":"FeatureCollection","features":[{"type":"Feature","properties":{"geoid":\(id),"n":2},\
    "geometry":{"type":"\(type)","coordinates":\(coordinates)}}]}
    """
  }

  private func read(_ text: String) throws -> [GeoJSONReader.Area] {
    try GeoJSONReader(file: "map.geojson", key: "geoid").read(Array(text.utf8))
  }

  @Test func readsPolygonsNamesAndNumbers() throws {
    let area = try #require(try read(Self.collection()).first)
    #expect(area.id == "06")
    #expect(area.numbers == ["n": 2])
    let corners = [(0.0, 0.0), (1, 0), (1, 1), (0, 0)].map { MapPoint($0.0, $0.1) }
    #expect(area.shape.rings == [corners])
    let two = try read(
      Self.collection(type: "MultiPolygon", coordinates: "[[\(Self.ring)],[\(Self.ring)]]"))
    #expect(two[0].shape.polygons.count == 2)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let message: String
    var testDescription: String { message }
  }

  static let refused = [
    Case(
      text: "{",
      message: "map.geojson: byte 1: a quoted key is due\n  GeoJSON is JSON\n  fix: mend the file"),
    Case(
      text: "{\"type\":\"Feature\"}",
      message: """
        map.geojson: this is no FeatureCollection
          a map is a list of features with polygons
          fix: export the layer as GeoJSON
        """),
    Case(
      text: "{\"type\":\"FeatureCollection\",\"features\":[]}",
      message: """
        map.geojson: there are 0 features
          1 to 200000 are read
          fix: cut the map to the region of interest
        """),
    Case(
      text: collection("6037101110"),
      message: """
        map.geojson: feature 0: geoid is the number 6037101110
          codes of tracts start with zeros, which numbers lose
          fix: write it in quotes
        """),
    Case(
      text: collection("null"),
      message: """
        map.geojson: feature 0: geoid is null
          areas are joined by this property
          fix: name the property that holds the code
        """),
    Case(
      text: collection(type: "Point", coordinates: "[0,0]"),
      message: """
        map.geojson: feature 0 (06): the geometry is a Point
          an area is a Polygon or a MultiPolygon
          fix: drop the feature or give it an outline
        """),
    Case(
      text: collection(coordinates: "[]"),
      message: """
        map.geojson: feature 0 (06): a polygon has no ring
          the first ring of a polygon is its outline
          fix: drop the feature or give it an outline
        """),
    Case(
      text: collection(coordinates: "[[[0,0],[1,0],[0,0]]]"),
      message: """
        map.geojson: feature 0 (06), ring 0: it has 3 positions
          a ring has at least 4, the last equal to the first
          fix: drop or repair the polygon
        """),
    Case(
      text: collection(coordinates: "[[[0,0],[1,0],[1,1],[0,1]]]"),
      message: """
        map.geojson: feature 0 (06), ring 0: it ends at [0.0, 1.0] and starts at [0.0, 0.0]
          a ring is closed: its last position repeats the first
          fix: repair the polygon
        """),
    Case(
      text: collection(coordinates: "[[[0,0],[370000.5,0],[1,1],[0,0]]]"),
      message: """
        map.geojson: feature 0 (06), ring 0, position 1: [370000.5,0]
          a position is [longitude, latitude] within 180 and 90 degrees
          fix: project the map to WGS84 degrees (EPSG:4326)
        """),
    Case(
      text: "{\"type\":\"FeatureCollection\",\"features\":["
        + [String](
          repeating: "{\"properties\":{\"geoid\":\"1\"},\"geometry\":{\"type\":\"Polygon\","
            + "\"coordinates\":[\(ring)]}}", count: 2
        ).joined(separator: ",") + "]}",
      message: """
        map.geojson: feature 1: geoid '1' is that of feature 0
          every area has a name of its own
          fix: merge the two, or rename one
        """),
  ]

  @Test(arguments: refused) func refuses(_ refused: Case) {
    #expect(throws: StageFailure.self) { try read(refused.text) }
    do {
      _ = try read(refused.text)
    } catch {
      #expect("\(error)" == refused.message)
    }
  }
}
