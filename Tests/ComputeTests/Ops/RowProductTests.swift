import Compute
import Foundation
import Testing

/// Linear layers with all that is fused to them, over sizes with many chunks and groups.
struct RowProductTests {
  static let sizes = [
    (1, 3, 5), (7, 1, 1), (97, 20, 33), (700, 17, 48), (1_601, 24, 8), (250, 1_024, 20),
  ]

  /// Every op on two and three lanes has the bits of one lane, and equals the op built from its
  /// parts.
  @Test(arguments: sizes) func fusedEqualsItsParts(rows: Int, inputs: Int, outputs: Int) {
    let x = sampleTensor([rows, inputs], seed: 1)
    let (w, b) = (sampleTensor([inputs, outputs], seed: 2), sampleTensor([outputs], seed: 3))
    let residual = sampleTensor([rows, outputs], seed: 4)
    let seed = sampleTensor([rows, outputs], seed: 5)
    func results(_ lanes: Int, _ op: (Tape, [Variable]) -> Variable) -> [[Float]] {
      let tape = Tape(lanes: Lanes(lanes))
      let inputs = [x, w, b, residual].map { tape.input($0) }
      let y = op(tape, inputs)
      tape.backward(from: y, seed: seed)
      return [y.value.values] + inputs.map { tape.gradient(of: $0)?.values ?? [] }
    }
    func linear(_ t: Tape, _ v: [Variable]) -> Variable {
      t.linear(v[0], weight: v[1], bias: v[2], residual: v[3])
    }
    let one = results(1, linear)
    for lanes in [2, 3] { #expect(one == results(lanes, linear)) }
    let parts = results(1) { $0.add($0.linear($1[0], weight: $1[1], bias: $1[2]), to: $1[3]) }
    #expect(one == parts)

    // The product and its gradients in float64.
    let (a, m, d) = (x.values, w.values, seed.values)
    var (dx, dw) = ([Double](repeating: 0, count: a.count), [Double](repeating: 0, count: m.count))
    var (y, db) = (residual.values.map(Double.init), [Double](repeating: 0, count: outputs))
    for row in 0..<rows {
      for c in 0..<outputs {
        y[row * outputs + c] += Double(b.values[c])
        db[c] += Double(d[row * outputs + c])
        for i in 0..<inputs {
          y[row * outputs + c] += Double(a[row * inputs + i]) * Double(m[i * outputs + c])
          dx[row * inputs + i] += Double(d[row * outputs + c]) * Double(m[i * outputs + c])
          dw[i * outputs + c] += Double(a[row * inputs + i]) * Double(d[row * outputs + c])
        }
      }
    }
    for (values, wanted) in zip(one, [y, dx, dw, db, d.map(Double.init)]) {
      #expect(Reference.relativeError(values, wanted) < Reference.sumTolerance)
    }
  }

  @Test(arguments: sizes) func activationInside(rows: Int, inputs: Int, outputs: Int) {
    let x = sampleTensor([rows, inputs], seed: 1)
    let (w, b) = (
      sampleTensor([inputs, 2 * outputs], seed: 2), sampleTensor([2 * outputs], seed: 3)
    )
    func results(
      _ lanes: Int, gated: Bool, _ op: (Tape, [Variable]) -> Variable
    ) -> [[Float]] {
      let tape = Tape(lanes: Lanes(lanes))
      let inputs = [x, w, b].map { tape.input($0) }
      let y = op(tape, inputs)
      tape.backward(from: y, seed: sampleTensor([rows, gated ? outputs : 2 * outputs], seed: 5))
      return [y.value.values] + inputs.map { tape.gradient(of: $0)?.values ?? [] }
    }
    for gated in [false, true] {
      func fused(_ t: Tape, _ v: [Variable]) -> Variable {
        t.linear(v[0], weight: v[1], bias: v[2], activation: .gelu, isGated: gated)
      }
      let one = results(1, gated: gated, fused)
      for lanes in [2, 3] { #expect(one == results(lanes, gated: gated, fused)) }
      let parts = results(1, gated: gated) { tape, v in
        let h = tape.linear(v[0], weight: v[1], bias: v[2])
        return gated ? tape.gated(h, .gelu) : tape.activation(h, .gelu)
      }
      #expect(one == parts)
    }
  }

  /// The fused head against linear and softmax cross entropy, with rows that do not count.
  @Test(arguments: sizes) func crossEntropy(rows: Int, inputs: Int, outputs: Int) {
    let (x, w) = (sampleTensor([rows, inputs], seed: 1), sampleTensor([inputs, outputs], seed: 2))
    let labels = (0..<rows).map { Int32($0 % outputs) }
    func results(_ lanes: Int, fused: Bool, labels: [Int32]) -> [[Float]] {
      let tape = Tape(lanes: Lanes(lanes))
      let inputs = [x, w].map { tape.input($0) }
      let (mean, losses) =
        fused
        ? tape.linearCrossEntropy(inputs[0], weight: inputs[1], labels: labels)
        : tape.softmaxCrossEntropy(tape.linear(inputs[0], weight: inputs[1]), labels: labels)
      tape.backward(from: tape.scaled(mean, by: 3))
      return [[mean.value.item], losses.values]
        + inputs.map { tape.gradient(of: $0)?.values ?? [] }
    }
    let one = results(1, fused: true, labels: labels)
    for lanes in [2, 3] { #expect(one == results(lanes, fused: true, labels: labels)) }
    for (values, wanted) in zip(one, results(1, fused: false, labels: labels)) {
      let error = Reference.relativeError(values, wanted.map(Double.init))
      #expect(error < Reference.sumTolerance)
    }

    // Ignoring the odd rows is the mean over the even ones.
    let half = labels.enumerated().map { $0 % 2 == 0 ? $1 : Tape.ignoredLabel }
    let kept = results(2, fused: true, labels: half)
    let evenLosses = stride(from: 0, to: rows, by: 2).map { one[1][$0] }
    let mean = evenLosses.reduce(0.0) { $0 + Double($1) } / Double(evenLosses.count)
    #expect(abs(Double(kept[0][0]) - mean) < 1e-6 * max(1, mean))
    for row in stride(from: 1, to: rows, by: 2) {
      #expect(kept[1][row] == 0)
      #expect(kept[2][row * inputs..<(row + 1) * inputs].allSatisfy { $0 == 0 })
    }
    // Evaluation gives the same losses.
    let alone = Tape(lanes: Lanes(2), isRecording: false).linearCrossEntropy(
      .constant(x), weight: .constant(w), labels: labels)
    #expect(alone.losses.values == one[1])
  }

  @Test func differences() {
    let inputs = [
      sampleTensor([3, 4], seed: 1), sampleTensor([4, 6], seed: 2), sampleTensor([6], seed: 3),
    ]
    for gated in [false, true] {
      expectGradients(of: inputs) {
        $0.linear(
          $1[0], weight: $1[1], bias: $1[2], activation: .silu, isGated: gated)
      }
    }
    expectGradients(of: Array(inputs[0..<2])) {
      $0.linearCrossEntropy($1[0], weight: $1[1], labels: [5, Tape.ignoredLabel, 0]).mean
    }
  }

  /// One sum takes all rows, in two waves of chunks; the larger side of the weights is cut. Few
  /// numbers differ from 0, so that the sums are exact: row r has 1 at column r % inputs and its
  /// gradient has r + 1 at column r % outputs.
  @Test(arguments: [(380, 8, 22_000), (380, 22_528, 6)])
  func oneSumOfManyRows(rows: Int, inputs: Int, outputs: Int) {
    func sparse(_ columns: Int, _ value: (Int) -> Float) -> Tensor {
      var tensor = Tensor(zeros: [rows, columns])
      tensor.withUnsafeMutableFloats { x in
        for row in 0..<rows { x[row * columns + row % columns] = value(row) }
      }
      return tensor
    }
    let (x, dy) = (sparse(inputs) { _ in 1 }, sparse(outputs) { Float($0 + 1) })
    for lanes in [1, 3] {
      let tape = Tape(lanes: Lanes(lanes))
      let (input, bias) = (tape.input(x), tape.input(Tensor(zeros: [outputs])))
      let weight = tape.input(Tensor(repeating: 0.5, shape: [inputs, outputs]))
      tape.backward(from: tape.linear(input, weight: weight, bias: bias), seed: dy)
      var expected = [Float](repeating: 0, count: inputs * outputs)
      for row in 0..<rows { expected[row % inputs * outputs + row % outputs] = Float(row + 1) }
      #expect(tape.gradient(of: weight)?.values == expected)
      var sums = [Float](repeating: 0, count: outputs)
      for row in 0..<rows { sums[row % outputs] += Float(row + 1) }
      #expect(tape.gradient(of: bias)?.values == sums)
      let dx = tape.gradient(of: input)
      for row in [0, rows / 2, rows - 1] {
        let expected = [Float](repeating: Float(row + 1) / 2, count: inputs)
        #expect(dx?.rows(row..<row + 1).values == expected)
      }
    }
  }

  /// Gradients that nobody asked for are left out, and no rows are no work.
  @Test func onlyWhatIsNeeded() {
    let (x, w) = (sampleTensor([700, 17], seed: 1), sampleTensor([17, 48], seed: 2))
    let (seed, b) = (sampleTensor([700, 48], seed: 3), sampleTensor([48], seed: 4))
    func gradients(_ wanted: (Bool, Bool, Bool), rows: Int = 700) -> [Tensor?] {
      let tape = Tape(lanes: Lanes(2))
      let input = wanted.0 ? tape.input(x.rows(0..<rows)) : .constant(x.rows(0..<rows))
      let weight = wanted.1 ? tape.input(w) : .constant(w)
      let bias = wanted.2 ? tape.input(b) : .constant(b)
      let y = tape.linear(input, weight: weight, bias: bias)
      tape.backward(from: y, seed: seed.rows(0..<rows))
      return [input, weight, bias].map { tape.gradient(of: $0) }
    }
    let all = gradients((true, true, true))
    #expect(gradients((true, false, false)) == [all[0], nil, nil])
    #expect(gradients((false, true, false)) == [nil, all[1], nil])
    // Without weight gradient the rows are cut elsewhere.
    for constant in [gradients((false, false, true)), gradients((true, false, true))] {
      #expect(isClose(constant[2] ?? Tensor([]), all[2]?.values ?? [], tolerance: 2e-5))
    }
    #expect(
      gradients((true, true, true), rows: 0)
        == [Tensor(zeros: [0, 17]), Tensor(zeros: [17, 48]), Tensor(zeros: [48])])
    #expect(gradients((false, false, true), rows: 0) == [nil, nil, Tensor(zeros: [48])])
  }

  @Test func noLabelCounts() {
    let tape = Tape(lanes: Lanes(1))
    let x = tape.input(sampleTensor([2, 3], seed: 1))
    let w = Variable.constant(sampleTensor([3, 4], seed: 2))
    let ignored = [Tape.ignoredLabel, Tape.ignoredLabel]
    let mean = tape.linearCrossEntropy(x, weight: w, labels: ignored).mean
    #expect(mean.value.item == 0)
    tape.backward(from: mean)
    #expect(tape.gradient(of: x)?.values == [Float](repeating: 0, count: 6))
  }

  @Test func refusesALabelOutside() async {
    await #expect(processExitsWith: .failure) {
      _ = Tape(lanes: Lanes(1)).linearCrossEntropy(
        .constant(Tensor(zeros: [1, 2])), weight: .constant(Tensor(zeros: [2, 3])), labels: [-1])
    }
  }
}
