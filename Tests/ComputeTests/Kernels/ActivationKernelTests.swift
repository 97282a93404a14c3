import CKernels
import Foundation
import Testing

/// Activations against their definitions in float64.
struct ActivationKernelTests {
  static let kinds = (0..<5).map { Int32($0) }
  static let counts = [0, 1, 7, 64, 1_009]
  /// A few units in the last place of numbers up to 6 (the slope of the form with tanh multiplies
  /// by up to 11), and what the normal distribution function of the kernel lacks (1e-7).
  static let tolerance = 3e-6

  /// f and its slope.
  static func reference(_ kind: Int32, _ x: Double) -> (value: Double, slope: Double) {
    let cdf = 0.5 * erfc(-x / 2.0.squareRoot())
    let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    if kind == 4 { return x > 0 ? (x, 1) : (exp(x) - 1, exp(x)) }
    if kind == 0 { return (x * cdf, cdf + x * density) }
    let c = 2 * (2 / Double.pi).squareRoot()
    let inner = [c * (x + 0.044715 * x * x * x), 1.702 * x, x][Int(kind) - 1]
    let inside = [c * (1 + 3 * 0.044715 * x * x), 1.702, 1][Int(kind) - 1]
    let s = 1 / (1 + exp(-inner))
    return (x * s, s + x * s * (1 - s) * inside)
  }

  @Test(arguments: kinds, KernelVariant.allCases)
  func valuesAndSlopes(kind: Int32, variant: KernelVariant) {
    for count in Self.counts {
      let x = Reference.values(count, seed: 1).map { $0 * 6 }
      let dy = Reference.values(count, seed: 2)
      var (y, dx) = ([Float](repeating: .nan, count: count), dy)
      variant.pick(ck_activation, ck_activation_baseline)(&y, x, Int64(count), kind)
      dx.withUnsafeMutableBufferPointer { dx in
        guard let base = dx.baseAddress else { return }
        variant.pick(ck_activation_grad, ck_activation_grad_baseline)(
          base, base, x, Int64(count), kind)
      }
      for i in 0..<count {
        let expected = Self.reference(kind, Double(x[i]))
        #expect(abs(Double(y[i]) - expected.value) < Self.tolerance)
        #expect(abs(Double(dx[i]) - Double(dy[i]) * expected.slope) < Self.tolerance)
      }
    }
  }

  /// Far from 0 an activation is x or 0 (ELU: x or -1), and its slope 1 or 0.
  @Test(arguments: kinds, KernelVariant.allCases)
  func extremeInputs(kind: Int32, variant: KernelVariant) {
    let sizes: [Float] = [100, 1e6, 1e13, 1e19, 1e38, .infinity]
    // Repeated, so that whole vectors are met as well as the rest.
    let x = Array(repeating: sizes + sizes.map { -$0 } + [.nan], count: 3).flatMap { $0 }
    let ones = [Float](repeating: 1, count: x.count)
    var (y, dx) = (ones, ones)
    variant.pick(ck_activation, ck_activation_baseline)(&y, x, Int64(x.count), kind)
    variant.pick(ck_activation_grad, ck_activation_grad_baseline)(
      &dx, ones, x, Int64(x.count), kind)
    for (x, (y, slope)) in zip(x, zip(y, dx)) {
      guard !x.isNaN else {
        #expect(y.isNaN && slope.isNaN)
        continue
      }
      #expect(x > 0 ? y == x : abs(y - (kind == 4 ? -1 : 0)) < 1e-30, "f(\(x)) = \(y)")
      #expect(x > 0 ? slope == 1 : abs(slope) < 1e-30, "f'(\(x)) = \(slope)")
    }
  }

  @Test(arguments: kinds, KernelVariant.allCases)
  func gatedProducts(kind: Int32, variant: KernelVariant) {
    for (rows, columns) in [(0, 3), (1, 1), (3, 7), (5, 16), (2, 101)] {
      let x = Reference.values(rows * 2 * columns, seed: 3).map { $0 * 4 }
      let dy = Reference.values(rows * columns, seed: 4)
      var y = [Float](repeating: .nan, count: rows * columns)
      var dx = [Float](repeating: .nan, count: x.count)
      let (r, c) = (Int64(rows), Int64(columns))
      variant.pick(ck_gated, ck_gated_baseline)(&y, x, r, c, kind)
      variant.pick(ck_gated_grad, ck_gated_grad_baseline)(&dx, dy, x, r, c, kind)
      for row in 0..<rows {
        for column in 0..<columns {
          let (gate, up) = (2 * row * columns + column, (2 * row + 1) * columns + column)
          let f = Self.reference(kind, Double(x[gate]))
          let (u, g) = (Double(x[up]), Double(dy[row * columns + column]))
          #expect(abs(Double(y[row * columns + column]) - f.value * u) < 4 * Self.tolerance)
          #expect(abs(Double(dx[gate]) - g * u * f.slope) < 4 * Self.tolerance)
          #expect(abs(Double(dx[up]) - g * f.value) < 4 * Self.tolerance)
        }
      }
    }
  }

  @Test func knownValues() {
    // Phi(1) = 0.841345, sigmoid(1.702) = 0.845796, sigmoid(1) = 0.731059; ELU(1) = 1.
    let expected: [Float] = [0.841345, 0.841192, 0.845796, 0.731059, 1]
    for kind in Self.kinds {
      var y: Float = 0
      ck_activation(&y, [1], 1, kind)
      #expect(abs(y - expected[Int(kind)]) < 2e-6)
    }
  }

  /// A mask is a function of key and element: pieces of a tensor fit together.
  @Test(arguments: KernelVariant.allCases) func dropoutKeepsTheShareAskedFor(variant: KernelVariant)
  {
    let kernel = variant.pick(ck_dropout, ck_dropout_baseline)
    let count = 100_000
    let x = [Float](repeating: 1, count: count)
    var (whole, part) = (x, [Float](repeating: 0, count: 1_000))
    kernel(&whole, x, Int64(count), 0, 77, UInt32(0.25 * 0x1p32), 1 / 0.75)
    kernel(&part, x, 1_000, 5_000, 77, UInt32(0.25 * 0x1p32), 1 / 0.75)
    #expect(Array(whole[5_000..<6_000]) == part)
    let dropped = whole.count { $0 == 0 }
    // Four standard deviations of a binomial count.
    #expect(abs(dropped - 25_000) < 550)
    #expect(whole.allSatisfy { $0 == 0 || abs($0 - 4.0 / 3) < 1e-6 })
  }
}
