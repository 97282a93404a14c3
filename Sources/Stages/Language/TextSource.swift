import Foundation
import Pipeline

/// A text that `text.load` can give.
enum TextSource: String, CaseIterable, Sendable {
  case wikitext2_test
  case wikitext2_valid
  case tinyshakespeare
  case moby_dick
  case walden
  case emerson_essays
  case origin_of_species
  case sherlock_holmes
  case pride_and_prejudice
  case war_of_the_worlds
  case middlemarch
  case generated

  /// Its file below a data folder; `nil` for the generated text.
  var path: String? {
    switch self {
    case .generated: nil
    case .wikitext2_test: "text/wikitext2-raw-test.txt"
    case .wikitext2_valid: "text/wikitext2-raw-valid.txt"
    case .tinyshakespeare: "text/tinyshakespeare.txt"
    default: "text/books/\(rawValue.replacing("_", with: "-")).txt"
    }
  }
}
