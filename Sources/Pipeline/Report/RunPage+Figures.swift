import Foundation

extension RunPage {
  /// Pixels of the longer side of a small copy.
  private static let thumbSide = 480
  /// What an entry takes beside its data.
  private static let frameBytes = 600

  /// Every figure, in at most `room` bytes together.
  func figureSection(room: Int, embed: Embedding) -> HTML {
    if figures.isEmpty { return .empty }
    var room = room - figures.count * Self.frameBytes
    var left = figures.count
    let blocks = figures.enumerated().map { index, figure in
      let content = picture(figure, room: max(0, room / left), embed: embed)
      room -= content.html?.byteCount ?? 0
      left -= 1
      return block(figure, index, content.html, remark: content.remark)
    }
    return section("figures", "Figures") {
      tag("div", ["class": "figures"]) { HTML.joined(blocks) }
    }
  }

  private func block(_ figure: Figure, _ index: Int, _ content: HTML?, remark: String) -> HTML {
    let isDrawing = content?.markup.hasPrefix("<svg") == true
    // The drawing of a plot has the plot's title, that of a stage has one of its own.
    let carriesTitle = isDrawing && content?.markup.contains(HTML(figure.title).markup) == true
    return tag("figure", ["id": "f-\(index)", "class": isDrawing ? "drawn" : nil]) {
      if let content { scrolling(figure.title) { content } }
      tag("figcaption") {
        tag("b", ["class": carriesTitle ? "hidden" : nil]) { figure.title }
        if !remark.isEmpty { tag("span") { remark } }
        code("figures/" + figure.fileName)
      }
    }
  }

  private func picture(
    _ figure: Figure, room: Int, embed: Embedding
  ) -> (html: HTML?, remark: String) {
    if figure.data.starts(with: PNGImage.signature) { return pixels(figure, room, embed) }
    guard let text = String(validating: figure.data, as: UTF8.self) else {
      return (nil, "not shown: neither PNG nor SVG")
    }
    if let drawing = SVGInlining.html(text) {
      return drawing.byteCount <= room ? (drawing, "") : (nil, "not shown: it is too large")
    }
    let image = image(figure, data: figure.data, type: "image/svg+xml")
    return image.byteCount <= room ? (image, "") : (nil, "not shown: it is too large")
  }

  /// The image itself, or smaller by the least whole factor that fits.
  private func pixels(
    _ figure: Figure, _ room: Int, _ embed: Embedding
  ) -> (html: HTML?, remark: String) {
    if embed == .none { return (nil, "not embedded") }
    let whole = image(figure, data: figure.data, type: "image/png")
    if embed == .all, whole.byteCount <= room { return (whole, "") }
    guard let decoded = try? PNGImage(pngData: figure.data) else {
      return whole.byteCount <= room ? (whole, "") : (nil, "not shown: it is too large")
    }
    let longer = max(decoded.width, decoded.height)
    var factor = embed == .thumbs ? (longer + Self.thumbSide - 1) / Self.thumbSide : 2
    while factor <= 16, longer / factor >= 32 || factor == 1 {
      let html = image(figure, data: decoded.shrunk(by: factor).pngData, type: "image/png")
      if html.byteCount <= room {
        return (html, factor == 1 ? "" : "shown at 1/\(factor) of its size")
      }
      factor += 1
    }
    return (nil, "not shown: it is too large")
  }

  private func image(_ figure: Figure, data: Data, type: String) -> HTML {
    tag(
      "img",
      [
        "src": "data:\(type);base64,\(data.base64EncodedString())", "alt": figure.title,
        "class": "plate",
      ])
  }
}

extension PNGImage {
  /// Smaller by a whole factor: every pixel is the mean of a square, cut at the edges.
  func shrunk(by factor: Int) -> PNGImage {
    precondition(factor >= 1, "image shrink \(factor) is below 1")
    if factor == 1 { return self }
    let (columns, rows) = (max(width / factor, 1), max(height / factor, 1))
    var bytes: [UInt8] = []
    bytes.reserveCapacity(columns * rows * 3)
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<3 {
          var sum = 0
          var count = 0
          for y in row * factor..<min((row + 1) * factor, height) {
            for x in column * factor..<min((column + 1) * factor, width) {
              sum += Int(pixels[(y * width + x) * 3 + channel])
              count += 1
            }
          }
          bytes.append(UInt8((sum + count / 2) / max(count, 1)))
        }
      }
    }
    return PNGImage(width: columns, height: rows, pixels: bytes)
  }
}
