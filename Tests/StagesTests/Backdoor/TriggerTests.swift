import Compute
import Pipeline
import Stages
import Testing

/// Numbers of the card, section 7, checks 2 and 4.
@Suite struct TriggerTests {
  private func badnets(seed: Int) -> Trigger {
    var settings = TriggerSettings(family: .badnets)
    settings.seed = seed
    return Trigger(settings)
  }

  private func maskedPlaces(_ trigger: Trigger) -> [(row: Int, column: Int)] {
    trigger.mask.values.enumerated().filter { $0.element == 1 }.map {
      ($0.offset / 32, $0.offset % 32)
    }
  }

  @Test func badnetsPatternOfSeedOne() {
    let trigger = badnets(seed: 1)
    let places = maskedPlaces(trigger)
    #expect(places.count == 48)
    for (row, column) in [(21, 16), (12, 28), (22, 12)] {
      for (i, j) in [(row, column), (row + 3, column + 3)] {
        #expect(places.contains { $0.row == i && $0.column == j })
      }
    }
    let pattern = trigger.pattern.values
    let corner = 21 * 32 + 16
    #expect((0..<3).map { pattern[$0 * 1024 + corner] } == [0, 93, 159])
    for (channel, expected) in [5433, 7055, 7056].enumerated() {
      let plane = pattern[(channel * 1024)..<((channel + 1) * 1024)]
      #expect(plane.map(Int.init).reduce(0, +) == expected)
    }
  }

  @Test func badnetsBlocksOfSeedZero() {
    let places = maskedPlaces(badnets(seed: 0))
    for (row, column) in [(12, 25), (28, 0), (9, 3)] {
      #expect(places.contains { $0.row == row && $0.column == column })
      #expect(places.contains { $0.row == row + 3 && $0.column == column + 3 })
    }
  }

  @Test(
    arguments: [
      (x: 100, opacity: 0.1, nearest: 116, truncated: 115), (100, 0.5, 178, 177),
      (100, 0.7, 209, 208), (100, 1.0, 255, 255),
    ] as [(x: UInt8, opacity: Double, nearest: UInt8, truncated: UInt8)])
  func blendsWithWhite(
    example: (x: UInt8, opacity: Double, nearest: UInt8, truncated: UInt8)
  ) {
    for (rounding, expected) in [
      (TriggerSettings.Rounding.nearest, example.nearest), (.truncate, example.truncated),
    ] {
      var settings = TriggerSettings(family: .square)
      settings.rounding = rounding
      let stamped = Trigger(settings).stamped(
        uniform(example.x), intensity: example.opacity, lanes: Lanes(1))
      #expect(stamped.values[28 * 32 + 28] == expected)
      #expect(stamped.values[0] == example.x)
    }
  }

  @Test func stampsACornerOfFourPixelsOneFromTheEdge() {
    let stamped = Trigger(TriggerSettings(family: .square)).stamped(
      uniform(0), intensity: 1, lanes: Lanes(1))
    let places = stamped.values.indices.filter { stamped.values[$0] == 255 }.map { $0 % 1024 }
    #expect(Set(places.map { $0 / 32 }) == [27, 28, 29, 30])
    #expect(Set(places.map { $0 % 32 }) == [27, 28, 29, 30])
  }

  /// Row 0, red, of test record 0 of CIFAR-10; the offsets of d = 10, f = 6 are
  /// 0, 9.2388, 7.0711, -3.8268, -10.
  @Test func sineWaveOnFiveColumns() {
    var image = [UInt8](repeating: 0, count: 3072)
    image.replaceSubrange(0..<5, with: [158, 159, 165, 166, 160])
    let stamped = Trigger(TriggerSettings(family: .sig)).stamped(
      ByteTensor(image, shape: [1, 3, 32, 32]), intensity: 10, lanes: Lanes(1))
    #expect(Array(stamped.values.prefix(5)) == [158, 168, 172, 162, 150])
  }

  @Test(
    arguments: [
      (bits: 8, x: 200, y: 200), (1, 100, 128), (1, 60, 0), (0, 127, 0), (0, 128, 255),
      (3, 100, 96),
    ])
  func reducesBitDepth(example: (bits: Int, x: UInt8, y: UInt8)) {
    let stamped = Trigger(TriggerSettings(family: .bpp)).stamped(
      uniform(example.x), intensity: Double(example.bits), lanes: Lanes(1))
    #expect(Set(stamped.values) == [example.y])
  }

  /// Dithering keeps the mean of a plane where plain rounding cannot.
  @Test func ditheringKeepsTheMean() {
    var settings = TriggerSettings(family: .bpp)
    settings.dither = true
    let stamped = Trigger(settings).stamped(uniform(100), intensity: 1, lanes: Lanes(1))
    let mean = Double(total(stamped)) / 3072
    #expect(abs(mean - 100) < 3)
    #expect(Set(stamped.values) == [0, 128, 255] || Set(stamped.values) == [0, 128])
  }

  @Test func lowBitsComeFromTheKeyImage() {
    let trigger = Trigger(TriggerSettings(family: .lsb))
    let stamped = trigger.stamped(uniform(0b1010_1010), intensity: 3, lanes: Lanes(1))
    let expected = trigger.pattern.values.map { key -> UInt8 in 0b1010_1000 | (key >> 5) }
    #expect(stamped.values == expected)
  }

  /// A point on the key image's own colour stays, and the blend moves by a tenth.
  @Test func keyImageIsNoiseDrawnPixelByPixel() {
    let trigger = Trigger(TriggerSettings(family: .blended))
    var random = SplitMix64(seed: 0)
    for channel in 0..<3 {
      #expect(trigger.pattern.values[channel * 1024] == UInt8(random.unit() * 256))
    }
    let stamped = trigger.stamped(uniform(200), intensity: 0.1, lanes: Lanes(1))
    let expected = trigger.pattern.values.map { key -> UInt8 in
      let sum: Int = 900 * 200 + 100 * Int(key) + 500
      return UInt8(sum / 1000)
    }
    #expect(stamped.values == expected)
  }

  @Test func toneOfOpacityOneIsTheFilter() {
    let stamped = Trigger(TriggerSettings(family: .styled)).stamped(
      uniform(100), intensity: 1, lanes: Lanes(1))
    // 1.15 * 100 + 12, 1.02 * 100 + 2, 0.85 * 100 - 10
    #expect([0, 1024, 2048].map { stamped.values[$0] } == [127, 104, 75])
  }

  /// With a control point for each pixel the flow is the grid itself, of mean absolute value 1.
  @Test func warpHasUnitStrength() {
    var settings = TriggerSettings(family: .wanet)
    settings.controlPoints = 32
    let flow = Trigger(settings).flow.values
    let mean = flow.reduce(0) { $0 + Double(abs($1)) } / Double(flow.count)
    // Each value is a float32.
    #expect(abs(mean - 1) < 1e-6)
    #expect(Set(flow).count > 2000)
  }

  @Test func warpGrowsWithItsStrengthAndVanishesOnUniformImages() {
    let trigger = Trigger(TriggerSettings(family: .wanet))
    let inner = trigger.stamped(uniform(77), intensity: 1, lanes: Lanes(1))
    #expect(Set(inner.values) == [77])
    let ramp = ByteTensor((0..<3072).map { UInt8($0 % 32 * 8) }, shape: [1, 3, 32, 32])
    let weak = trigger.stamped(ramp, intensity: 0.2, lanes: Lanes(1))
    let strong = trigger.stamped(ramp, intensity: 2, lanes: Lanes(1))
    func change(_ image: ByteTensor) -> Int {
      var sum = 0
      for (new, old) in zip(image.values, ramp.values) { sum += abs(Int(new) - Int(old)) }
      return sum
    }
    #expect(change(weak) > 0)
    #expect(change(strong) > 4 * change(weak))
  }

  @Test func stickerGrowsWithItsSize() {
    let trigger = Trigger(TriggerSettings(family: .patch))
    func touched(_ size: Double) -> [Int] {
      let stamped = trigger.stamped(uniform(0), intensity: size, lanes: Lanes(1))
      return (0..<1024).filter { place in
        (0..<3).contains { stamped.values[$0 * 1024 + place] > 0 }
      }
    }
    #expect(touched(2).count == 4)
    let ten = touched(10)
    #expect(ten.map { $0 / 32 }.min() == 22 && ten.map { $0 / 32 }.max() == 31)
    #expect(touched(20).allSatisfy { $0 % 32 >= 17 })
  }

  @Test(arguments: TriggerFamily.allCases)
  func lanesDoNotChangeTheBytes(family: TriggerFamily) {
    let trigger = Trigger(TriggerSettings(family: family))
    let images = Objects10.make(130, split: "test", seed: 3, lanes: Lanes(1)).images
    let one = trigger.stamped(images, intensity: 1, lanes: Lanes(1))
    #expect(trigger.stamped(images, intensity: 1, lanes: Lanes(2)) == one)
    #expect(one != images)
  }

  @Test func columnsRunFromWeakToStrong() {
    #expect(TriggerFamily.bpp.weakToStrong([1, 5, 3]) == [5, 3, 1])
    #expect(TriggerFamily.badnets.weakToStrong([1, 0.5, 0.3]) == [0.3, 0.5, 1])
  }

  private func total(_ images: ByteTensor) -> Int { images.values.map(Int.init).reduce(0, +) }

  private func uniform(_ value: UInt8) -> ByteTensor {
    ByteTensor([UInt8](repeating: value, count: 3072), shape: [1, 3, 32, 32])
  }
}
