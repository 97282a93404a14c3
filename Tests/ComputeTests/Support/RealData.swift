import Foundation

/// Real data that a machine may lack; tests that need them say so and are skipped.
enum RealData {
  /// As the program looks: `PIPELINE_DATA`, `./data`, `../shared/data`.
  private static let folders: [URL] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["PIPELINE_DATA"] ?? ""
    return named.split(separator: ":").map { URL(filePath: String($0)) }
      + ["data", "../shared/data"].map { root.appending(path: $0).standardizedFileURL }
  }()

  /// The file of this path below one of the folders.
  static func path(_ path: String) -> String? {
    folders.map { $0.appending(path: path).path }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// The language model: see `pipeline assets get smollm2-135m`.
  static let languageModel = path("smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf")
  /// CLIP's own merges, 500 kB.
  static let merges = path("clip/bpe_merges.txt")
}
