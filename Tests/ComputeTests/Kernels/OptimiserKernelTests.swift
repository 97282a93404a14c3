import CKernels
import Testing

/// The update rules against their formulas in float64.
struct OptimiserKernelTests {
  static let count = 37
  let p = Reference.values(count, seed: 1)
  let m = Reference.values(count, seed: 2)
  let v = Reference.values(count, seed: 3).map { abs($0) }
  let g = Reference.values(count, seed: 4)

  @Test(arguments: KernelVariant.allCases)
  func sgdFollowsItsFormula(variant: KernelVariant) {
    var (newP, newV) = (p, m)
    variant.pick(ck_sgd, ck_sgd_baseline)(&newP, &newV, g, Int64(Self.count), 0.1, 0.9, 0.01)
    let velocity = p.indices.map { 0.9 * Double(m[$0]) + Double(g[$0]) + 0.01 * Double(p[$0]) }
    #expect(Reference.relativeError(newV, velocity) < Reference.sumTolerance)
    let expected = zip(p, velocity).map { Double($0) - 0.1 * $1 }
    #expect(Reference.relativeError(newP, expected) < Reference.sumTolerance)
  }

  @Test(arguments: [false, true], KernelVariant.allCases)
  func adamFollowsItsFormula(decoupled: Bool, variant: KernelVariant) {
    let (correction1, correction2, decay) = (0.19, 0.002, 0.05)
    var (newP, newM, newV) = (p, m, v)
    let kernel =
      decoupled
      ? variant.pick(ck_adamw, ck_adamw_baseline) : variant.pick(ck_adam, ck_adam_baseline)
    kernel(
      &newP, &newM, &newV, g, Int64(Self.count), 0.01, 0.9, 0.999, 1e-8, Float(decay),
      Float(correction1), Float(correction2))
    var (expectedP, expectedM, expectedV) = ([Double](), [Double](), [Double]())
    for i in p.indices {
      let gradient = Double(g[i]) + (decoupled ? 0 : decay * Double(p[i]))
      expectedM.append(0.9 * Double(m[i]) + 0.1 * gradient)
      expectedV.append(0.999 * Double(v[i]) + 0.001 * gradient * gradient)
      let kept = decoupled ? Double(p[i]) * (1 - 0.01 * decay) : Double(p[i])
      let deviation = (expectedV[i] / correction2).squareRoot() + 1e-8
      expectedP.append(kept - 0.01 * expectedM[i] / correction1 / deviation)
    }
    #expect(Reference.relativeError(newM, expectedM) < Reference.sumTolerance)
    #expect(Reference.relativeError(newV, expectedV) < Reference.sumTolerance)
    #expect(Reference.relativeError(newP, expectedP) < Reference.sumTolerance)
  }
}
