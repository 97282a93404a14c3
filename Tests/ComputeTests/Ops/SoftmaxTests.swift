import Compute
import Foundation
import Testing

struct SoftmaxTests {
  @Test func byHand() {
    // e^0 : e^ln 3 = 1 : 3.
    let p = Tensor([0, Float(log(3.0))], shape: [1, 2]).softmax(lanes: Lanes(1))
    #expect(isClose(p, [0.25, 0.75]))
  }

  @Test(arguments: [(3, 10), (200, 33), (1, 1)])
  func equalsTheNaiveLoop(rows: Int, columns: Int) {
    var x = sampleTensor([rows, columns], seed: 1)
    x.scale(by: 20, lanes: Lanes(1))
    let values = x.values.map(Double.init)
    var expected: [Float] = []
    for row in 0..<rows {
      let line = values[row * columns..<(row + 1) * columns]
      let top = line.max() ?? 0
      let powers = line.map { exp($0 - top) }
      expected += powers.map { Float($0 / powers.reduce(0, +)) }
    }
    // A few units in the last place of a number below 1.
    #expect(isClose(x.softmax(lanes: Lanes(2)), expected, tolerance: 5e-7))
  }

  @Test func refusesRowsWithoutColumns() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(zeros: [2, 0]).softmax(lanes: Lanes(1))
    }
  }

  @Test func largestColumnIsTheFirstOfEquals() {
    let x = Tensor([1, 5, 5, 7, 2, 7], shape: [2, 3])
    #expect(x.largestColumns() == [1, 0])
  }
}

struct SoftmaxCrossEntropyTests {
  @Test func byHand() {
    // Softmax of (0, ln 3) is (1/4, 3/4): losses ln 4 and ln 4/3.
    let row: [Float] = [0, Float(log(3.0))]
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(Tensor(row + row, shape: [2, 2]))
    let (mean, losses) = tape.softmaxCrossEntropy(x, labels: [0, 1])
    #expect(isClose(losses, [Float(log(4.0)), Float(log(4.0 / 3))]))
    #expect(isClose(mean.value, [Float((log(4.0) + log(4.0 / 3)) / 2)]))
    tape.backward(from: mean)
    // (p - one-hot) / 2
    let gradient = tape.gradient(of: x) ?? Tensor([])
    #expect(isClose(gradient, [-0.375, 0.375, 0.125, -0.125]))
  }

  @Test func lossesAloneEqualTheOp() {
    let x = sampleTensor([40, 10], seed: 1)
    let labels = (0..<40).map { Int32($0 % 10) }
    let op = Tape(lanes: Lanes(2)).softmaxCrossEntropy(.constant(x), labels: labels)
    #expect(op.losses == x.crossEntropies(labels: labels, lanes: Lanes(1)))
    let p = x.softmax(lanes: Lanes(1)).values
    let expected = labels.enumerated().map { Float(-log(Double(p[$0 * 10 + Int($1)]))) }
    #expect(isClose(op.losses, expected, tolerance: 2e-6))
  }

  @Test func differences() {
    expectGradients(of: [sampleTensor([3, 4], seed: 1)]) {
      $0.scaled($0.softmaxCrossEntropy($1[0], labels: [2, 0, 3]).mean, by: 3)
    }
  }

  @Test func refusesALabelOutside() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(zeros: [1, 2]).crossEntropies(labels: [2], lanes: Lanes(1))
    }
  }
}
