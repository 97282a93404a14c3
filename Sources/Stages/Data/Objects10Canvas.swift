import Compute

/// One image of ``Objects10`` while it is being painted.
struct Objects10Canvas {
  private var random: SplitMix64
  /// `[32, 32]`, 0...255 per channel, not yet clipped.
  private var pixels = [SIMD3<Double>](repeating: .zero, count: Objects10.side * Objects10.side)

  init(random: SplitMix64) { self.random = random }

  mutating func paintScene(of shape: Objects10.Shape) {
    let ground = paintGround()
    for _ in 0..<(3 + random.index(below: 4)) {
      let kind = random.index(below: 2) == 0 ? Objects10.Shape.disk : .square
      paint(kind, placed: placement(halfSide: 1...2.5, margin: 0), in: colour(), opacity: 0.8)
    }
    var own = colour()
    while distance(own, ground) < 80 { own = colour() }
    let place = placement(halfSide: 7...12, margin: 11)
    paint(shape, placed: place, in: own, opacity: uniform(0.65...1))
    for _ in 0..<random.index(below: 3) {
      paint(.square, placed: placement(halfSide: 2...4, margin: 6), in: colour(), opacity: 1)
    }
    addNoise(amplitude: uniform(10...25))
  }

  /// The planes red, green, blue, row by row.
  func bytes() -> [UInt8] {
    (0..<3).flatMap { channel in
      pixels.map { UInt8(max(0, min(255, $0[channel])) + 0.5) }
    }
  }

  // MARK: Parts of a scene

  private mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * random.unit()
  }

  private mutating func colour() -> SIMD3<Double> {
    SIMD3(uniform(0...255), uniform(0...255), uniform(0...255))
  }

  private func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
    let difference = a - b
    return (difference * difference).sum().squareRoot()
  }

  /// A gradient between two colours with blotches on a 5x5 grid; gives its mean colour.
  private mutating func paintGround() -> SIMD3<Double> {
    let (from, to) = (colour(), colour())
    let blotches = (0..<25).map { _ in uniform(-35...35) }
    let side = Objects10.side
    for row in 0..<side {
      for column in 0..<side {
        let (y, x) = (Double(row) / 8, Double(column) / 8)
        let (i, j) = (Int(y), Int(x))
        let (dy, dx) = (y - Double(i), x - Double(j))
        let top = blotches[5 * i + j] * (1 - dx) + blotches[5 * i + j + 1] * dx
        let bottom = blotches[5 * i + j + 5] * (1 - dx) + blotches[5 * i + j + 6] * dx
        let share = (Double(row) + Double(column)) / 62
        pixels[row * side + column] =
          from * (1 - share) + to * share + (top * (1 - dy) + bottom * dy)
      }
    }
    return (from + to) / 2
  }

  /// Where a shape lies: centre, half side, and rotation as (cosine, sine).
  private struct Placement {
    let x, y, halfSide, cosine, sine: Double
  }

  private mutating func placement(
    halfSide: ClosedRange<Double>, margin: Double
  ) -> Placement {
    let range = margin...(Double(Objects10.side) - margin)
    let (x, y) = (uniform(range), uniform(range))
    // Rational points of the circle cover +-28 degrees without calling the platform's sine.
    let t = uniform(-0.25...0.25)
    let scale = 1 / (1 + t * t)
    return Placement(
      x: x, y: y, halfSide: uniform(halfSide), cosine: (1 - t * t) * scale, sine: 2 * t * scale)
  }

  /// Blends a shape over the picture, with 2x2 samples a pixel for soft edges.
  private mutating func paint(
    _ shape: Objects10.Shape, placed place: Placement, in colour: SIMD3<Double>, opacity: Double
  ) {
    let side = Objects10.side
    let reach = place.halfSide * 1.5
    let rows = max(0, Int(place.y - reach))..<min(side, Int(place.y + reach) + 1)
    let columns = max(0, Int(place.x - reach))..<min(side, Int(place.x + reach) + 1)
    for row in rows {
      for column in columns {
        var hits = 0.0
        for sample in 0..<4 {
          let dy = Double(row) + (sample < 2 ? 0.25 : 0.75) - place.y
          let dx = Double(column) + (sample % 2 == 0 ? 0.25 : 0.75) - place.x
          let u = (dx * place.cosine + dy * place.sine) / place.halfSide
          let v = (dy * place.cosine - dx * place.sine) / place.halfSide
          if shape.contains(u, v) { hits += 1 }
        }
        let share = opacity * hits / 4
        let index = row * side + column
        pixels[index] = pixels[index] * (1 - share) + colour * share
      }
    }
  }

  /// Adds a bell-shaped error to every value: the sum of two uniform numbers.
  private mutating func addNoise(amplitude: Double) {
    for index in pixels.indices {
      let first = SIMD3(random.unit(), random.unit(), random.unit())
      let second = SIMD3(random.unit(), random.unit(), random.unit())
      pixels[index] += (first + second - 1) * amplitude
    }
  }
}
