/// Sheets of sheets: a title that all of them carry is shown once.
extension ImageSheet {
  /// The title line that all of these sheets carry, cut to its text; `nil` when they differ, or
  /// when one is no sheet with a title.
  package static func commonTitle(of sheets: [PNGImage]) -> PNGImage? {
    guard let first = sheets.first.flatMap(titleLine),
      sheets.dropFirst().allSatisfy({ titleLine($0) == first })
    else { return nil }
    return first
  }

  /// The sheet without its title line; the margin above it stays with what follows.
  package static func withoutTitle(_ sheet: PNGImage) -> PNGImage {
    sheet.cropped(
      x: 0, y: titleEnd, width: sheet.width, height: sheet.height - titleEnd)
  }

  private static var titleEnd: Int { margin + lineHeight }

  /// The line where ``image`` writes the title, when nothing but ink stands on its ground.
  private static func titleLine(_ sheet: PNGImage) -> PNGImage? {
    guard sheet.height > titleEnd, sheet.width > margin else { return nil }
    var end = 0
    for y in 0..<titleEnd {
      for x in 0..<sheet.width where sheet[x, y] != ground {
        guard sheet[x, y] == ink, x >= margin, y >= margin else { return nil }
        end = max(end, x + 1)
      }
    }
    guard end > 0 else { return nil }
    return sheet.cropped(x: margin, y: margin, width: end - margin, height: lineHeight)
  }
}
