import Foundation

/// The cleaning and cutting of texts in front of CLIP's merges.
enum CLIPWords {
  private static let specials = ["<|startoftext|>", "<|endoftext|>"]
  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]

  /// The words of a text, lower-cased: specials, contractions, runs of letters, single digits, runs
  /// of anything else that is not blank. The first of these that fits at a place is taken.
  static func split(_ text: String) -> [String] {
    let clean = HTMLEntities.replaced(in: HTMLEntities.replaced(in: text)).lowercased()
    let scalars = Array(clean.unicodeScalars)
    var words: [String] = []
    var place = 0
    while place < scalars.count {
      if isBlank(scalars[place]) {
        place += 1
        continue
      }
      let end = wordEnd(scalars, from: place)
      var word = String.UnicodeScalarView()
      word.append(contentsOf: scalars[place..<end])
      words.append(String(word))
      place = end
    }
    return words
  }

  private static func wordEnd(_ scalars: [Unicode.Scalar], from place: Int) -> Int {
    if let fixed = (specials + contractions).first(where: {
      scalars[place...].starts(with: $0.unicodeScalars)
    }) {
      return place + fixed.unicodeScalars.count
    }
    func run(_ belongs: (Unicode.Scalar) -> Bool) -> Int {
      scalars[place...].firstIndex { !belongs($0) } ?? scalars.count
    }
    if isLetter(scalars[place]) { return run(isLetter) }
    if isNumber(scalars[place]) { return place + 1 }
    return run { !isLetter($0) && !isNumber($0) && !isBlank($0) }
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  private static func isNumber(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }
}
