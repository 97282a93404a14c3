import Compute

/// English of a small grammar, for machines that have no texts: sound sentences about a few people
/// and places, with facts that later sentences repeat, so that there is something to learn.
enum GeneratedText {
  static let version = 1

  private static let people = [
    "Ada", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas",
  ]
  private static let places = [
    "the harbour", "the old mill", "the library", "the market", "the lighthouse", "the orchard",
  ]
  private static let things = [
    "a lamp", "a letter", "a rope", "a loaf of bread", "a basket of apples", "a small clock",
    "a map", "a key",
  ]
  private static let times = [
    "In the morning", "At noon", "In the evening", "On Sunday", "After the rain", "That winter",
  ]
  private static let verbs = ["carried", "found", "sold", "mended", "lost", "painted"]

  /// Paragraphs of about 300 bytes each.
  ///
  /// - Parameters:
  ///   - byteCount: at least this many.
  ///   - seed: another one tells other stories.
  /// - Returns: ASCII, one paragraph a line, with empty lines between.
  static func text(byteCount: Int, seed: Int) -> String {
    var text = ""
    var paragraph = 0
    while text.utf8.count < byteCount {
      text += story(paragraph, seed: seed) + "\n\n"
      paragraph += 1
    }
    return text
  }

  private static func story(_ number: Int, seed: Int) -> String {
    var random = RandomStream.generator(seed: UInt64(seed), purpose: "stories", number)
    func pick(_ words: [String]) -> String { words[random.index(below: words.count)] }
    let (person, friend) = (pick(people), pick(people))
    let (place, thing, verb) = (pick(places), pick(things), pick(verbs))
    let count = 2 + random.index(below: 8)
    var sentences = [
      "\(pick(times)) \(person) \(verb) \(thing) near \(place).",
      "\(friend) came to \(place) \(count) times that week and asked for \(person).",
    ]
    if random.unit() < 0.5 {
      sentences.append("Nobody else had seen \(thing), and \(friend) did not believe it.")
    }
    sentences.append(
      "\(pick(times)) they met at \(place), and \(person) showed \(friend) what had happened to "
        + "\(thing).")
    return sentences.joined(separator: " ")
  }
}
