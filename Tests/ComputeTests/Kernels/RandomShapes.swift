import Compute

/// Sizes at which kernels go wrong: 1, primes, one beside the width of a vector or a tile.
enum RandomShapes {
  private static let sizes = [1, 2, 3, 5, 6, 7, 8, 9, 13, 15, 16, 17, 23, 31, 32, 33]

  /// `count` convolutions that fit, the same on every run.
  static func convolutions(
    _ count: Int, seed: UInt64, _ change: (inout ConvolutionKernelTests.Case) -> Void = { _ in }
  ) -> [ConvolutionKernelTests.Case] {
    var random = SplitMix64(seed: seed)
    func pick(_ values: [Int]) -> Int { values[random.index(below: values.count)] }
    var cases: [ConvolutionKernelTests.Case] = []
    while cases.count < count {
      var test = ConvolutionKernelTests.Case(
        images: pick([1, 2, 3, 5, 8]), height: pick([1, 2, 3, 4, 7, 8, 11]),
        width: pick([1, 2, 3, 4, 7, 8, 11]), channels: pick(sizes), outChannels: pick(sizes),
        kernel: (pick([1, 2, 3, 5]), pick([1, 2, 3, 5])), stride: pick([1, 1, 2, 3]),
        padding: pick([0, 1, 2]))
      change(&test)
      let fits =
        test.height + 2 * test.padding >= test.kernel.0
        && test.width + 2 * test.padding >= test.kernel.1
      if fits { cases.append(test) }
    }
    return cases
  }
}
