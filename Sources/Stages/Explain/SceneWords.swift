/// The words of scenes, and captions made of them.
enum SceneWords {
  /// Colours with their red, green and blue, 0 to 1.
  static let colours: [(name: String, rgb: [Double])] = [
    ("red", [0.90, 0.12, 0.12]), ("green", [0.10, 0.75, 0.20]), ("blue", [0.15, 0.30, 0.95]),
    ("yellow", [0.95, 0.90, 0.15]), ("purple", [0.62, 0.15, 0.80]), ("white", [0.95, 0.95, 0.95]),
    ("cyan", [0.10, 0.85, 0.90]), ("orange", [0.98, 0.55, 0.08]),
  ]

  /// One thing of a caption.
  struct Thing {
    let colour: String
    let noun: String
    let isLarge: Bool
    let x: Double
    let y: Double

    var phrase: String { "a \(colour) \(noun)" }
    var sizedPhrase: String { "a \(SceneWords.sizes[isLarge ? 1 : 0]) \(colour) \(noun)" }
  }

  static let sizes = ["small", "large"]
  private static let relations = ["above", "below", "left", "right"]
  private static let functions = ["a", "photo", "of", "there", "is", "and"]

  /// All words, and their classes, for some colours and nouns; a noun may have several words.
  static func words(
    colours: [String], nouns: [String]
  ) -> (vocabulary: [String], classes: [String: String]) {
    let parts = nouns.flatMap { $0.split(separator: " ").map(String.init) }
    let groups = [
      ("function", functions), ("relation", relations), ("size", sizes), ("colour", colours),
      ("shape", parts),
    ]
    var (vocabulary, classes): ([String], [String: String]) = ([], [:])
    for (name, words) in groups {
      for word in words where classes[word] == nil {
        vocabulary.append(word)
        classes[word] = name
      }
    }
    return (vocabulary, classes)
  }

  /// A caption: of one thing in three forms, of two side by side or with their relation, of more
  /// in a row. Sizes are named in three of ten cases, of one or two things.
  static func caption(
    _ things: [Thing], namesSizes: Bool = true, random draw: () -> Double
  ) -> String {
    let names = things.map { thing -> String in
      let isNamed = namesSizes && things.count <= 2 && draw() < 0.3
      return isNamed ? thing.sizedPhrase : thing.phrase
    }
    switch names.count {
    case 1:
      let form = draw()
      if form < 0.4 { return names[0] }
      return form < 0.7 ? "a photo of \(names[0])" : "there is \(names[0])"
    case 2 where draw() < 0.5:
      return "\(names[0]) and \(names[1])"
    case 2:
      return "\(names[0]) \(relation(things[0], to: things[1])) \(names[1])"
    default:
      return names.dropLast().joined(separator: " ") + " and \(names[names.count - 1])"
    }
  }

  private static func relation(_ one: Thing, to other: Thing) -> String {
    let (dx, dy) = (one.x - other.x, one.y - other.y)
    if abs(dy) > abs(dx) { return dy < 0 ? "above" : "below" }
    return dx < 0 ? "left of" : "right of"
  }
}
