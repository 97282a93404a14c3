import Pipeline

/// Captions one under another, each word on a ground that is the darker the larger its share.
struct WordStrips {
  let captions: [ExplainedCaption]

  private static let scale = 2
  private static let (margin, padding, line) = (16, 5, 34)

  var image: PNGImage {
    let widths = captions.map { caption in
      caption.words.reduce(0) { $0 + Self.width($1) + 4 } + Self.width(Self.score(caption)) + 12
    }
    var sheet = PNGImage(
      width: 2 * Self.margin + max(40, widths.max() ?? 0),
      height: 2 * Self.margin + Self.line * max(1, captions.count), fill: .init(250, 250, 250))
    for (row, caption) in captions.enumerated() {
      let y = Self.margin + row * Self.line
      let largest = max(caption.shares.max() ?? 0, 1e-9)
      var x = Self.margin
      for (word, share) in zip(caption.words, caption.shares) {
        let ground = MapColours.shade(share / largest)
        sheet.fill(x: x, y: y, width: Self.width(word), height: 28, ground)
        let ink: PNGImage.Pixel = share / largest > 0.6 ? .white : .init(31, 35, 40)
        BitmapFont.draw(
          word, in: &sheet, x: x + Self.padding, y: y + 5, scale: Self.scale, colour: ink)
        x += Self.width(word) + 4
      }
      BitmapFont.draw(
        Self.score(caption), in: &sheet, x: x + 12, y: y + 5, scale: Self.scale,
        colour: .init(89, 99, 110))
    }
    return sheet
  }

  private static func width(_ word: String) -> Int {
    BitmapFont.width(of: word) * scale + 2 * padding
  }

  private static func score(_ caption: ExplainedCaption) -> String {
    let none = caption.shares.allSatisfy { $0 <= 0 } ? "  no word raises it" : ""
    return "cos \(MapColours.rounded(caption.cosine))\(none)"
  }
}
