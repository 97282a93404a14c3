import ArgumentParser
import Foundation
import Pipeline

/// What people call a run.
struct NamingOptions: ParsableArguments {
  @Option(help: "Name of the run; it follows the time in the name of its results' folder.")
  var name: String?

  @Option(help: ArgumentHelp("A fact to keep with the run.", valueName: "key=value"))
  var tag: [String] = []

  @Option(help: "A remark to keep with the run.")
  var label = ""

  func validate() throws {
    if let name, !Self.isName(name) {
      throw ValidationError("--name \(name): letters, digits, '.', '_' and '-', at most 64")
    }
    for tag in tag where !tag.contains("=") || tag.hasPrefix("=") {
      throw ValidationError("--tag \(tag): not of the form key=value")
    }
  }

  static func isName(_ text: String) -> Bool {
    let allowed = CharacterSet(
      charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    return (1...64).contains(text.count) && !text.hasPrefix(".")
      && text.unicodeScalars.allSatisfy(allowed.contains)
  }

  var labels: RunLabels {
    var labels = RunLabels()
    labels.name = name
    labels.tags = tags
    labels.label = label
    return labels
  }

  var tags: [String: String] {
    let pairs = tag.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
    return Dictionary(
      pairs.map { (String($0[0]), String($0[1])) }, uniquingKeysWith: { $1 })
  }
}
