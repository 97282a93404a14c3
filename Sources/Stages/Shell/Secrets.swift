import Foundation
import Pipeline

/// Values that a program may see and nobody else: masked in all that is said, refused in outputs.
struct Secrets: Sendable {
  /// Shorter ones would mask common words and be found everywhere.
  private static let shortest = 4

  /// By name.
  let values: [String: String]
  /// Each line of a value, as it is and as JSON writes it, longest first: logs come line by line.
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
        .flatMap { Self.spellings(of: String($0)) }.map { (name, $0) }
    }.sorted { ($0.text.utf8.count, $0.name) > ($1.text.utf8.count, $1.name) }
  }

  /// JSON escapes quotes and backslashes; a table or a message may quote either form.
  private static func spellings(of text: String) -> Set<String> {
    [text, String(Value.string(text).canonicalJSON.dropFirst().dropLast())]
  }

  /// A text with every secret in it replaced by `***`.
  func mask(_ text: String) -> String {
    // Literal: a combining mark behind a secret must not hide it.
    fragments.reduce(text) {
      $0.replacingOccurrences(of: $1.text, with: "***", options: .literal)
    }
  }

  func mask(_ progress: StageProgress) -> StageProgress {
    StageProgress(
      progress.fraction, mask(progress.message),
      progress.values.map { .init(mask($0.name), $0.value) })
  }

  /// Does something that may fail, and takes the secrets out of what is then said about it.
  func masking<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as StageFailure {
      throw StageFailure(
        failure.failureClass, at: mask(failure.location), mask(failure.what),
        why: mask(failure.why), fix: mask(failure.fix))
    } catch {
      // Errors of the system name paths, which a program chooses as it likes.
      let text = "\(error)"
      if mask(text) == text { throw error }
      throw StageFailure(at: "program", mask(text))
    }
  }

  /// - Throws: ``StageFailure`` when an output holds a secret as it is, or as JSON writes it.
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
