/// An image of 8-bit red, green and blue values, in rows from the top.
package struct PNGImage: Sendable, Hashable {
  /// One colour.
  package struct Pixel: Sendable, Hashable {
    package let red, green, blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    package static let white = Pixel(255, 255, 255)
    package static let black = Pixel(0, 0, 0)
  }

  package let width: Int
  package let height: Int
  /// `[height, width, 3]`
  package private(set) var pixels: [UInt8]

  /// - Precondition: `pixels.count == width * height * 3`, both sizes at least 1.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "image of \(width) x \(height) does not hold \(pixels.count) bytes")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// An image of one colour.
  package init(width: Int, height: Int, fill: Pixel) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for _ in 0..<width * height { pixels += [fill.red, fill.green, fill.blue] }
    self.init(width: width, height: height, pixels: pixels)
  }

  package subscript(x: Int, y: Int) -> Pixel {
    get {
      let at = (y * width + x) * 3
      return Pixel(pixels[at], pixels[at + 1], pixels[at + 2])
    }
    set {
      let at = (y * width + x) * 3
      pixels[at] = newValue.red
      pixels[at + 1] = newValue.green
      pixels[at + 2] = newValue.blue
    }
  }

  /// Every pixel as a square of `factor` x `factor` (nearest neighbour): no false detail.
  package func scaled(by factor: Int) -> PNGImage {
    precondition(factor >= 1, "image scale \(factor) is below 1")
    if factor == 1 { return self }
    var scaled = PNGImage(width: width * factor, height: height * factor, fill: .black)
    for y in 0..<scaled.height {
      for x in 0..<scaled.width { scaled[x, y] = self[x / factor, y / factor] }
    }
    return scaled
  }

  /// A part of the image.
  ///
  /// - Precondition: the part is not empty and lies inside.
  package func cropped(x: Int, y: Int, width: Int, height: Int) -> PNGImage {
    precondition(
      x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height,
      "part \(width) x \(height) at (\(x), \(y)) of an image of \(self.width) x \(self.height)")
    var part = PNGImage(width: width, height: height, fill: .black)
    part.draw(self, x: -x, y: -y)
    return part
  }

  /// Copies `image` with its top left corner at (x, y); what lies outside is cut off.
  package mutating func draw(_ image: PNGImage, x: Int, y: Int) {
    for row in 0..<image.height where (0..<height).contains(y + row) {
      for column in 0..<image.width where (0..<width).contains(x + column) {
        self[x + column, y + row] = image[column, row]
      }
    }
  }

  /// Fills a rectangle; what lies outside is cut off.
  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: Pixel) {
    for row in max(0, y)..<max(0, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, min(self.width, x + width)) { self[column, row] = colour }
    }
  }
}
