import Compute
import Foundation
import Pipeline

/// Drawings of one to three coloured shapes, with captions and exact masks.
struct Scenes {
  static let shapes = ["circle", "square", "triangle", "cross", "ring", "diamond"]

  let count: Int
  let size: Int
  let colours: Int
  let shapes: Int
  let objects: ObjectShares
  let noise: Double
  var layout = Layout.free
  var differ = Difference.look
  let seed: UInt64

  /// Where objects lie.
  enum Layout: String, CaseIterable {
    /// Anywhere inside, without touching; masks are exact.
    case free
    /// Each in a quarter of its own, some quarters may be empty; the mask is the quarter.
    case quadrants
  }

  /// What tells the objects of a scene apart.
  enum Difference: String, CaseIterable {
    /// Colour or shape, or both.
    case look
    /// One attribute alone, the others are those of the scene's first object.
    case colour, shape, size
  }

  /// One drawing.
  struct Scene {
    var pixels: [UInt8]
    var caption: String
    var phrases: [String]
    var masks: [[UInt8]]
  }

  private struct Item {
    let look: Look
    let x, y, radius: Double
    let brightness: Double
  }

  /// What a phrase says about an object.
  private struct Look {
    var colour: Int
    var shape: Int
    var isLarge: Bool
  }

  /// A square part of the canvas.
  private struct Field {
    let x, y, side: Double
  }

  /// All drawings, each from its own numbers.
  func made(lanes: Lanes) -> [Scene] {
    lanes.mapChunks(of: count, size: 16) { _, part in part.map(scene) }.flatMap { $0 }
  }

  private func scene(_ index: Int) -> Scene {
    var random = RandomStream.generator(seed: seed, purpose: "scene", index)
    let items = arrangement(&random)
    let (pixels, masks) = drawn(items, &random)
    let things = items.map {
      SceneWords.Thing(
        colour: SceneWords.colours[$0.look.colour].name, noun: Self.shapes[$0.look.shape],
        isLarge: $0.look.isLarge, x: $0.x, y: $0.y)
    }
    return Scene(
      pixels: pixels, caption: SceneWords.caption(things) { random.unit() },
      phrases: things.map { differ == .size ? $0.sizedPhrase : $0.phrase },
      masks: layout == .free ? masks : items.map(quarter))
  }

  /// Objects of different looks that do not touch; begun again when one finds no place.
  private func arrangement(_ random: inout SplitMix64) -> [Item] {
    let unit = Double(size) / 64
    let number = objects.draw(&random)
    while true {
      let fields = fields(&random)
      var items: [Item] = []
      for index in 0..<number {
        let field = fields[index % fields.count]
        if let item = placed(in: field, beside: items, unit: unit, &random) { items.append(item) }
      }
      if items.count == number { return items }
    }
  }

  /// Where each object may lie: the whole canvas, or its quarters in random order.
  private func fields(_ random: inout SplitMix64) -> [Field] {
    guard layout == .quadrants else { return [Field(x: 0, y: 0, side: Double(size))] }
    let half = Double(size) / 2
    return random.permutation(4).map {
      Field(x: Double($0 % 2) * half, y: Double($0 / 2) * half, side: half)
    }
  }

  /// The mask of the quarter that an object lies in.
  private func quarter(of item: Item) -> [UInt8] {
    let half = Double(size) / 2
    return (0..<size * size).map { place in
      let (x, y) = (Double(place % size), Double(place / size))
      return (x < half) == (item.x < half) && (y < half) == (item.y < half) ? 1 : 0
    }
  }

  /// A look of its own, equal to the first object's but for what `differ` names.
  private func adapted(_ look: Look, to first: Look?) -> Look {
    guard var shared = first else { return look }
    switch differ {
    case .look: return look
    case .colour: shared.colour = look.colour
    case .shape: shared.shape = look.shape
    case .size: shared.isLarge.toggle()
    }
    return shared
  }

  private func placed(
    in field: Field, beside items: [Item], unit: Double, _ random: inout SplitMix64
  ) -> Item? {
    for _ in 0..<60 {
      let (isLarge, extra) = (random.unit() < 0.5, random.unit())
      let drawn = Look(
        colour: random.index(below: colours), shape: random.index(below: shapes),
        isLarge: isLarge)
      let look = adapted(drawn, to: items.first?.look)
      let radius = unit * (look.isLarge ? 11 + 3 * extra : 7 + 2 * extra)
      let room = field.side - 2 * radius
      let item = Item(
        look: look, x: field.x + radius + room * random.unit(),
        y: field.y + radius + room * random.unit(), radius: radius,
        brightness: 0.85 + 0.2 * random.unit())
      let isFree = items.allSatisfy {
        let distance = hypot($0.x - item.x, $0.y - item.y)
        return distance > 1.08 * ($0.radius + radius) + unit
          && ($0.look.colour != look.colour || $0.look.shape != look.shape
            || (differ == .size && $0.look.isLarge != look.isLarge))
      }
      if isFree { return item }
    }
    return nil
  }

  /// Pixels `[size, size, 3]` and a mask an object: four samples a pixel, a mask where more than
  /// two of them are covered.
  private func drawn(
    _ items: [Item], _ random: inout SplitMix64
  ) -> (pixels: [UInt8], masks: [[UInt8]]) {
    let grey = 0.08 + 0.32 * random.unit()
    let tint = (0..<3).map { _ in 0.8 + 0.4 * random.unit() }
    let slope = (0..<2).map { _ in 0.24 * random.unit() - 0.12 }
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    var masks = [[UInt8]](
      repeating: [UInt8](repeating: 0, count: size * size), count: items.count)
    for place in 0..<size * size {
      let (row, column) = (place / size, place % size)
      var colour = [0.0, 0.0, 0.0]
      var covered = [Int](repeating: 0, count: items.count)
      for sample in 0..<4 {
        let x = Double(column) + (sample % 2 == 0 ? 0.25 : 0.75)
        let y = Double(row) + (sample < 2 ? 0.25 : 0.75)
        if let hit = items.lastIndex(where: { Self.covers($0, x, y) }) {
          covered[hit] += 1
          let rgb = SceneWords.colours[items[hit].look.colour].rgb
          for c in 0..<3 { colour[c] += rgb[c] * items[hit].brightness / 4 }
        } else {
          let ground =
            grey + slope[0] * (2 * x / Double(size) - 1) + slope[1] * (2 * y / Double(size) - 1)
          for c in 0..<3 { colour[c] += ground * tint[c] / 4 }
        }
      }
      for c in 0..<3 {
        let value = min(1, max(0, colour[c] + noise * random.gaussian()))
        pixels[place * 3 + c] = UInt8(value * 255 + 0.5)
      }
      for (index, samples) in covered.enumerated() where samples > 2 { masks[index][place] = 1 }
    }
    return (pixels, masks)
  }

  private static func covers(_ item: Item, _ px: Double, _ py: Double) -> Bool {
    let (x, y) = ((px - item.x) / item.radius, (py - item.y) / item.radius)
    let square = x * x + y * y
    switch item.look.shape {
    case 0: return square <= 1
    case 1: return max(abs(x), abs(y)) <= 0.85
    case 2: return y <= 0.75 && abs(x) <= 0.577 * (y + 1)
    case 3: return (abs(x) <= 0.32 || abs(y) <= 0.32) && max(abs(x), abs(y)) <= 1
    case 4: return square >= 0.3 && square <= 1
    default: return abs(x) + abs(y) <= 1.1
    }
  }
}
