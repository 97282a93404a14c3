import Foundation
import Pipeline

/// A row of a gathered result table, with the name of the training configuration it belongs to.
struct GatheredRow {
  /// Labels of the gathered axes other than `seed`; without any, the training intensities.
  let configuration: String
  private let cells: [String: Value]

  /// All rows of all tables, in order.
  ///
  /// - Throws: ``StageFailure`` for a file that is no table with these columns.
  static func read(_ artifacts: [InputArtifact], columns: [Column]) throws -> [GatheredRow] {
    try artifacts.flatMap { artifact in
      let table = try Table(canonicalData: Data(contentsOf: artifact.url))
      let names = table.columns.map(\.name)
      if let missing = columns.first(where: { !names.contains($0.name) }) {
        throw StageFailure(
          at: artifact.url.path, "the table has no column '\(missing.name)'",
          why: "its columns are " + names.joined(separator: ", "),
          fix: "connect the table that this input is meant for")
      }
      let labels = artifact.labels.filter { $0.axis != "seed" }.map(\.label)
      return table.rows.map { values in
        let cells = Dictionary(uniqueKeysWithValues: zip(names, values))
        let intensities = cells["train_intensities"]?.plainText ?? ""
        return GatheredRow(
          configuration: labels.isEmpty ? intensities : labels.joined(separator: ", "),
          cells: cells)
      }
    }
  }

  func text(_ column: String) -> String { cells[column, default: .null].plainText }

  /// - Throws: ``StageFailure`` for a cell without a whole number.
  func int(_ column: String) throws -> Int {
    guard case .int(let number)? = cells[column] else { throw missing(column) }
    return number
  }

  /// - Throws: ``StageFailure`` for a value that is not defined.
  func number(_ column: String) throws -> Double {
    guard let number = double(column) else { throw missing(column) }
    return number
  }

  private func missing(_ column: String) -> StageFailure {
    StageFailure(
      at: "column \(column)", "a row of '\(configuration)' has \(text(column))",
      why: "a summary over undefined values would be of other rows than it says",
      fix: "connect the tables that this input is meant for, from complete runs")
  }

  /// `nil` for a value that is not defined.
  func double(_ column: String) -> Double? {
    switch cells[column] {
    case .double(let number)?: number
    case .int(let number)?: Double(number)
    default: nil
    }
  }
}
