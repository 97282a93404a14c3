import Foundation
import Pipeline
import Stages

/// Real data that a machine may lack; tests that need them say so and are skipped.
enum RealData {
  /// As the program looks: `PIPELINE_DATA`, `./data`, `../shared/data`.
  static let folders: DataFolders = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["PIPELINE_DATA"] ?? ""
    let list = named.split(separator: ":").map { URL(filePath: String($0)) }
    return DataFolders(
      list + [root.appending(path: "data"), root.appending(path: "../shared/data")])
  }()

  static var hasTracts: Bool { Assets.laTracts.locate(in: folders) != nil }
  static var hasCrashes: Bool { Assets.fars.locate(in: folders) != nil }
  static let tractsNotice = "needs the data set la_tracts (causal/la in a data folder)"
  static let crashesNotice = "needs the data sets fars and la_tracts (causal/la in a data folder)"
}
