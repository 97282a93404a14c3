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
  /// A line of text that the images carried, see ``commonTitle(of:)``.
  package var commonTitle: PNGImage?
  /// Whether the label of a row stands above it instead of on its left: for wide images.
  package var hasLabelsAbove = false

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

  static let margin = 16
  static let gap = 8
  static let ground = PNGImage.Pixel(250, 250, 250)
  static let ink = PNGImage.Pixel(31, 35, 40)
  private static let muted = PNGImage.Pixel(89, 99, 110)
  private static let textScale = 2

  /// The sheet: title, column labels above, row labels on the left or above, images in their cells.
  package var image: PNGImage {
    let columnWidths = columnLabels.indices.map { column in
      max(
        (images.compactMap { $0[column]?.width }.max() ?? 0) * scale,
        Self.textWidth(columnLabels[column]))
    }
    let rowHeights = rowLabels.indices.map { row in
      let height = (images[row].compactMap { $0?.height }.max() ?? 0) * scale
      return hasLabelsAbove ? labelHeight + height : max(height, Self.textHeight)
    }
    let labelWidth = rowLabels.map(Self.textWidth).max() ?? 0
    let isIndented = labelWidth > 0 && !hasLabelsAbove
    let left = Self.margin + (isIndented ? labelWidth + Self.gap : 0)
    let headLines = [!subtitle.isEmpty, commonTitle != nil].count { $0 } + 1
    let head = Self.margin + headLines * Self.lineHeight
    let hasColumnLabels = columnLabels.contains { !$0.isEmpty }
    let top = head + (hasColumnLabels ? Self.lineHeight : 0)
    let bodyWidth = columnWidths.reduce(0) { $0 + $1 + Self.gap } - Self.gap
    let bodyHeight = rowHeights.reduce(0) { $0 + $1 + Self.gap } - Self.gap
    let textWidths = [
      Self.textWidth(title), Self.textWidth(subtitle), commonTitle?.width ?? 0, labelWidth,
    ]
    var sheet = PNGImage(
      width: max(left + bodyWidth, Self.margin + (textWidths.max() ?? 0)) + Self.margin,
      height: top + max(bodyHeight, 0) + Self.margin, fill: Self.ground)
    drawHead(in: &sheet)
    drawBody(in: &sheet, left: left, top: top, head: head, columnWidths, rowHeights)
    return sheet
  }

  /// What the label of a row takes where labels stand above.
  private var labelHeight: Int { rowLabels.allSatisfy(\.isEmpty) ? 0 : Self.lineHeight }

  private func drawHead(in sheet: inout PNGImage) {
    var y = Self.margin
    Self.write(title, in: &sheet, x: Self.margin, y: y, Self.ink)
    if !subtitle.isEmpty {
      y += Self.lineHeight
      Self.write(subtitle, in: &sheet, x: Self.margin, y: y, Self.muted)
    }
    if let commonTitle { sheet.draw(commonTitle, x: Self.margin, y: y + Self.lineHeight) }
  }

  private func drawBody(
    in sheet: inout PNGImage, left: Int, top: Int, head: Int, _ columnWidths: [Int],
    _ rowHeights: [Int]
  ) {
    var y = top
    for row in rowLabels.indices {
      let labelY = hasLabelsAbove ? y : y + (rowHeights[row] - Self.textHeight) / 2
      Self.write(rowLabels[row], in: &sheet, x: Self.margin, y: labelY, Self.ink)
      let imageY = hasLabelsAbove ? y + labelHeight : y
      var x = left
      for column in columnLabels.indices {
        if row == 0 { Self.write(columnLabels[column], in: &sheet, x: x, y: head, Self.ink) }
        if let image = images[row][column] { sheet.draw(image.scaled(by: scale), x: x, y: imageY) }
        x += columnWidths[column] + Self.gap
      }
      y += rowHeights[row] + Self.gap
    }
  }

  static var textHeight: Int { BitmapFont.glyphHeight * textScale }

  /// A line of text and the gap below it, where descenders hang.
  static var lineHeight: Int { textHeight + gap }

  private static func textWidth(_ text: String) -> Int { BitmapFont.width(of: text) * textScale }

  private static func write(
    _ text: String, in sheet: inout PNGImage, x: Int, y: Int, _ colour: PNGImage.Pixel
  ) {
    BitmapFont.draw(text, in: &sheet, x: x, y: y, scale: textScale, colour: colour)
  }
}
