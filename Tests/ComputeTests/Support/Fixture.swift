import Foundation

/// Files of `Tests/Fixtures`.
enum Fixture {
  private static let tests = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A JSON file of the fixtures.
  static func decode<T: Decodable>(_ path: String, as type: T.Type = T.self) throws -> T {
    let data = try Data(contentsOf: tests.appending(path: "Fixtures").appending(path: path))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(T.self, from: data)
  }
}
