import Compute
import Testing

struct PoolingTests {
  @Test func maxPoolByHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 2, 3, 4, 9, 6, 7, 8, 5], shape: [1, 3, 3, 1]))
    let y = tape.maxPool3x3(x)
    #expect(y.shape == [1, 2, 2, 1])
    #expect(y.value.values == [9, 9, 9, 9])
    tape.backward(from: y, seed: Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1]))
    #expect(tape.gradient(of: x)?.values == [0, 0, 0, 0, 10, 0, 0, 0, 0])
  }

  @Test func maxPoolTakesTheFirstOfEquals() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([4, 4, 4, 4], shape: [1, 2, 2, 1]))
    tape.backward(from: tape.maxPool3x3(x))
    #expect(tape.gradient(of: x)?.values == [1, 0, 0, 0])
  }

  @Test(arguments: [(3, 8, 8, 16), (40, 16, 16, 20), (2, 5, 7, 3)])
  func maxPoolEqualsTheNaiveLoop(images: Int, height: Int, width: Int, channels: Int) {
    let x = sampleTensor([images, height, width, channels], seed: 4)
    let values = x.values
    var expected: [Float] = []
    for n in 0..<images {
      for i in 0..<(height - 1) / 2 + 1 {
        for j in 0..<(width - 1) / 2 + 1 {
          for c in 0..<channels {
            var best = -Float.infinity
            for row in max(0, 2 * i - 1)...min(height - 1, 2 * i + 1) {
              for column in max(0, 2 * j - 1)...min(width - 1, 2 * j + 1) {
                best = max(best, values[((n * height + row) * width + column) * channels + c])
              }
            }
            expected.append(best)
          }
        }
      }
    }
    #expect(Tape(lanes: Lanes(2)).maxPool3x3(.constant(x)).value.values == expected)
  }

  @Test func averagePoolByHand() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor([1, 10, 3, 30], shape: [1, 1, 2, 2]))
    let y = tape.globalAveragePool(x)
    #expect(y.value == Tensor([2, 20], shape: [1, 2]))
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.values == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func differences() {
    // Distances between values far above the difference step: no window changes its winner.
    let order = (0..<32).map { Float(($0 * 13) % 32) / 8 }
    expectGradients(of: [Tensor(order, shape: [2, 4, 4, 1])]) { $0.maxPool3x3($1[0]) }
    expectGradients(of: [sampleTensor([2, 2, 3, 2], seed: 1)]) { $0.globalAveragePool($1[0]) }
  }
}
