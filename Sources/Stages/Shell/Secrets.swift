import Foundation
import Pipeline

/// Values that a program may see and nobody else: masked in logs, refused in outputs.
struct Secrets: Sendable {
  /// Shorter ones would mask common words and be found everywhere.
  private static let shortest = 4

  /// By name.
  let values: [String: String]
  /// Each line of a value, longest first: logs come line by line.
  private let fragments: [(name: String, text: String)]

  /// - Throws: ``StageFailure`` when one is not set, or too short to be kept.
  init(_ names: [String], in environment: [String: String]) throws(StageFailure) {
    var values: [String: String] = [:]
    for name in names {
      guard let value = environment[name], !value.isEmpty else {
        throw StageFailure(
          .environment, at: "secrets", "'\(name)' is not set",
          why: "a secret is taken from the environment of the program that runs the experiment",
          fix: "export \(name)=... and run again")
      }
      guard value.count >= Self.shortest else {
        throw StageFailure(
          .environment, at: "secrets", "'\(name)' has fewer than \(Self.shortest) characters",
          why: "it could not be told from other text in a log",
          fix: "use a longer one, or pass it under 'env', where it is stored")
      }
      values[name] = value
    }
    self.values = values
    fragments = values.flatMap { name, value in
      value.split(whereSeparator: \.isNewline).filter { $0.count >= Self.shortest }
        .map { (name, String($0)) }
    }.sorted { ($0.text.count, $0.name) > ($1.text.count, $1.name) }
  }

  func mask(_ line: String) -> String {
    fragments.reduce(line) { $0.replacing($1.text, with: "***") }
  }

  /// - Throws: ``StageFailure`` when an output holds a secret as it is.
  func check(_ file: URL, output: String) throws {
    if fragments.isEmpty { return }
    let data = try Data(contentsOf: file, options: .mappedIfSafe)
    for fragment in fragments where data.range(of: Data(fragment.text.utf8)) != nil {
      throw StageFailure(
        at: "output '\(output)'", "it holds the secret '\(fragment.name)'",
        why: "outputs are stored and may be shared, secrets never",
        fix: "keep the secret out of what the program writes")
    }
  }
}
