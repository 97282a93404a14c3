import Foundation

/// Files of `Tests/Fixtures`, and of data folders beside the sources.
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

  /// The language model, where a data folder has it: see `pipeline assets get smollm2-135m`.
  static let languageModel: String? = {
    let file = "smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf"
    let root = tests.deletingLastPathComponent()
    return ["data", "../shared/data", "../../shared/data"]
      .map { root.appending(path: $0).appending(path: file).standardizedFileURL.path }
      .first { FileManager.default.fileExists(atPath: $0) }
  }()
}
