/// A labelled grid of small images, enlarged without smoothing.
package struct ImageSheet: Sendable {
  package var title: String
  package var subtitle = ""
  package var rowLabels: [String]
  package var columnLabels: [String]
  /// `[row][column]`; `nil` leaves a place empty.
  package var images: [[PNGImage?]]
  /// How many pixels of the sheet a pixel of an image becomes, across and down.
  package var scale = 3

  /// - Precondition: one row of images per row label, one image per column label.
  package init(
    title: String, rowLabels: [String], columnLabels: [String], images: [[PNGImage?]]
  ) {
    precondition(
      images.count == rowLabels.count && images.allSatisfy { $0.count == columnLabels.count },
      "image sheet does not match \(rowLabels.count) x \(columnLabels.count) labels")
    self.title = title
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.images = images
  }

  private static let margin = 16
  private static let gap = 8
  private static let ground = PNGImage.Pixel(250, 250, 250)
  private static let ink = PNGImage.Pixel(31, 35, 40)
  private static let muted = PNGImage.Pixel(89, 99, 110)
  private static let textScale = 2

  /// The sheet: title, column labels above, row labels on the left, images in their cells.
  package var image: PNGImage {
    let columnWidths = columnLabels.indices.map { column in
      max(
        (images.compactMap { $0[column]?.width }.max() ?? 0) * scale,
        Self.textWidth(columnLabels[column]))
    }
    let rowHeights = rowLabels.indices.map { row in
      max((images[row].compactMap { $0?.height }.max() ?? 0) * scale, Self.textHeight)
    }
    let labelWidth = rowLabels.map(Self.textWidth).max() ?? 0
    let left = Self.margin + (labelWidth > 0 ? labelWidth + Self.gap : 0)
    let headLines = subtitle.isEmpty ? 1 : 2
    let head = Self.margin + headLines * (Self.textHeight + Self.gap)
    let hasColumnLabels = columnLabels.contains { !$0.isEmpty }
    let top = head + (hasColumnLabels ? Self.textHeight + Self.gap : 0)
    let bodyWidth = columnWidths.reduce(0) { $0 + $1 + Self.gap } - Self.gap
    let bodyHeight = rowHeights.reduce(0) { $0 + $1 + Self.gap } - Self.gap
    let headWidth = max(Self.textWidth(title), Self.textWidth(subtitle))
    var sheet = PNGImage(
      width: max(left + max(bodyWidth, 0), Self.margin + headWidth) + Self.margin,
      height: top + max(bodyHeight, 0) + Self.margin, fill: Self.ground)
    Self.write(title, in: &sheet, x: Self.margin, y: Self.margin, Self.ink)
    Self.write(
      subtitle, in: &sheet, x: Self.margin, y: Self.margin + Self.textHeight + Self.gap, Self.muted)
    drawBody(in: &sheet, left: left, top: top, head: head, columnWidths, rowHeights)
    return sheet
  }

  private func drawBody(
    in sheet: inout PNGImage, left: Int, top: Int, head: Int, _ columnWidths: [Int],
    _ rowHeights: [Int]
  ) {
    var y = top
    for row in rowLabels.indices {
      let labelY = y + (rowHeights[row] - Self.textHeight) / 2
      Self.write(rowLabels[row], in: &sheet, x: Self.margin, y: labelY, Self.ink)
      var x = left
      for column in columnLabels.indices {
        if row == 0 { Self.write(columnLabels[column], in: &sheet, x: x, y: head, Self.ink) }
        if let image = images[row][column] { sheet.draw(image.scaled(by: scale), x: x, y: y) }
        x += columnWidths[column] + Self.gap
      }
      y += rowHeights[row] + Self.gap
    }
  }

  private static var textHeight: Int { BitmapFont.glyphHeight * textScale }

  private static func textWidth(_ text: String) -> Int { BitmapFont.width(of: text) * textScale }

  private static func write(
    _ text: String, in sheet: inout PNGImage, x: Int, y: Int, _ colour: PNGImage.Pixel
  ) {
    BitmapFont.draw(text, in: &sheet, x: x, y: y, scale: textScale, colour: colour)
  }
}
