import Foundation
import Pipeline

/// The first images of a data set side by side, each with its caption below.
struct CaptionSheet {
  let title: String
  let pictures: [(image: PNGImage, caption: String)]

  private static let columns = 4
  private static let (margin, gap, textScale, mostLines) = (16, 12, 2, 4)
  private static let lineHeight = 20
  /// Pixels from one character to the next: six dots of the font.
  private static let advance = 6 * textScale
  private static let ink = PNGImage.Pixel(31, 35, 40)

  /// - Precondition: all pictures have one size.
  var image: PNGImage {
    let (width, height) = pictures.first.map { ($0.image.width, $0.image.height) } ?? (1, 1)
    let scale = max(1, 224 / max(width, height))
    let (cellWidth, imageHeight) = (max(width * scale, 120), height * scale)
    let captions = pictures.map { Self.lines($0.caption, width: cellWidth) }
    let cellHeight = imageHeight + 6 + (captions.map(\.count).max() ?? 0) * Self.lineHeight
    let used = min(Self.columns, max(1, pictures.count))
    let rows = (pictures.count + Self.columns - 1) / Self.columns
    let head = Self.margin + Self.lineHeight + 6
    var sheet = PNGImage(
      width: 2 * Self.margin + used * (cellWidth + Self.gap) - Self.gap,
      height: head + rows * (cellHeight + Self.gap) + Self.margin - Self.gap,
      fill: .init(250, 250, 250))
    write(title, in: &sheet, x: Self.margin, y: Self.margin)
    for (index, lines) in captions.enumerated() {
      let x = Self.margin + index % Self.columns * (cellWidth + Self.gap)
      let y = head + index / Self.columns * (cellHeight + Self.gap)
      sheet.draw(pictures[index].image.scaled(by: scale), x: x, y: y)
      for (row, line) in lines.enumerated() {
        write(line, in: &sheet, x: x, y: y + imageHeight + 6 + row * Self.lineHeight)
      }
    }
    return sheet
  }

  private func write(_ text: String, in sheet: inout PNGImage, x: Int, y: Int) {
    BitmapFont.draw(text, in: &sheet, x: x, y: y, scale: Self.textScale, colour: Self.ink)
  }

  /// A caption in lines of whole words; what is too long is cut.
  private static func lines(_ caption: String, width: Int) -> [String] {
    let limit = width / advance
    var lines: [String] = []
    for word in caption.split(separator: " ").map(String.init) {
      if let last = lines.last, last.count + 1 + word.count <= limit {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word.prefix(limit)))
      }
    }
    guard lines.count > mostLines else { return lines }
    return lines.prefix(mostLines - 1) + [String(lines[mostLines - 1].prefix(limit - 3)) + "..."]
  }
}

extension CaptionedImages {
  /// The first images with their captions: PNG bytes.
  func preview(title: String, count limit: Int = 8) -> Data {
    CaptionSheet(
      title: title, pictures: (0..<min(limit, count)).map { (picture($0), captions[$0]) }
    ).image.pngData
  }
}
