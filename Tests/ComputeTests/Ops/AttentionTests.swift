import Compute
import Testing

struct AttentionTests {
  /// Two tokens, one head of one number: scores 0 and ln 3 give weights 1/4 and 3/4.
  @Test func byHand() {
    let tape = Tape(lanes: Lanes(1))
    let q = tape.input(Tensor([1], shape: [1, 1]))
    let k = tape.input(Tensor([0, 1.0986123], shape: [2, 1]))
    let v = tape.input(Tensor([4, 8], shape: [2, 1]))
    let o = tape.attention(
      query: q, key: k, value: v,
      AttentionShape(batch: 1, queries: 1, keys: 2, heads: 1, headSize: 1, isCausal: false))
    #expect(isClose(o.value, [7]))
    tape.backward(from: o)
    // ds = p (v - 7): -0.75 and 0.75.
    #expect(isClose(tape.gradient(of: v) ?? Tensor([]), [0.25, 0.75]))
    #expect(isClose(tape.gradient(of: k) ?? Tensor([]), [-0.75, 0.75]))
    #expect(isClose(tape.gradient(of: q) ?? Tensor([]), [0.75 * 1.0986123]))
  }

  static let shapes = [
    AttentionShape(batch: 2, queries: 3, heads: 2, headSize: 3, isCausal: false),
    AttentionShape(batch: 1, queries: 4, heads: 4, keyHeads: 2, headSize: 2, isCausal: true),
    AttentionShape(batch: 2, queries: 2, keys: 5, heads: 2, headSize: 3, isCausal: true),
    AttentionShape(
      batch: 2, queries: 3, keys: 3, heads: 1, headSize: 2, isCausal: true, keyLengths: [2, 0]),
    AttentionShape(
      batch: 1, queries: 2, keys: 3, heads: 3, keyHeads: 1, headSize: 4, isCausal: true,
      offset: -1, scale: 0.7),
  ]

  @Test(arguments: shapes) func differences(shape: AttentionShape) {
    let query = sampleTensor([shape.batch * shape.queries, shape.queryColumns], seed: 1)
    let key = sampleTensor([shape.batch * shape.keys, shape.keyColumns], seed: 2)
    let value = sampleTensor([shape.batch * shape.keys, shape.keyColumns], seed: 3)
    expectGradients(of: [query, key, value]) {
      $0.attention(query: $1[0], key: $1[1], value: $1[2], shape)
    }
    let packed = sampleTensor([shape.batch * shape.keys, shape.packedColumns], seed: 4)
    expectGradients(of: [packed]) { $0.attention(packed: $1[0], shape) }
  }

  /// One product's columns, cut or not: the same numbers; weights times values are the output.
  @Test func packedEqualsSeparate() {
    let shape = AttentionShape(
      batch: 2, queries: 70, heads: 4, keyHeads: 2, headSize: 12, isCausal: true)
    let packed = sampleTensor([140, shape.packedColumns], seed: 1)
    func columns(_ range: Range<Int>) -> Tensor {
      let values = packed.values
      return Tensor(
        (0..<140).flatMap { row in range.map { values[row * shape.packedColumns + $0] } },
        shape: [140, range.count])
    }
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let whole = tape.attention(packed: .constant(packed), shape).value
    let value = columns(72..<96)
    let parts = tape.attention(
      query: .constant(columns(0..<48)), key: .constant(columns(48..<72)),
      value: .constant(value), shape)
    #expect(parts.value == whole)

    let weights = shape.weights(packed: packed, rows: 60..<70, lanes: Lanes(2))
    #expect(weights.shape == [2, 4, 10, 70])
    let (w, v, o) = (weights.values, value.values, whole.values)
    for (n, h, row) in [(0, 0, 0), (1, 3, 4), (1, 2, 9)] {
      let start = ((n * 4 + h) * 10 + row) * 70
      #expect(w[start + 61 + row..<start + 70].allSatisfy { $0 == 0 })
      for e in 0..<12 {
        let sum = (0..<70).reduce(Float(0)) {
          $0 + w[start + $1] * v[(n * 70 + $1) * 24 + h / 2 * 12 + e]
        }
        #expect(abs(sum - o[(n * 70 + 60 + row) * 48 + h * 12 + e]) < 1e-5)
      }
    }
  }

  /// Queries that come in pieces, with their keys before them, give the same as in one go.
  @Test func piecesEqualTheWhole() {
    let whole = AttentionShape(batch: 1, queries: 50, heads: 2, headSize: 16, isCausal: true)
    let (q, k) = (sampleTensor([50, 32], seed: 1), sampleTensor([50, 32], seed: 2))
    let v = sampleTensor([50, 32], seed: 3)
    let tape = Tape(lanes: Lanes(2), isRecording: false)
    let expected = tape.attention(
      query: .constant(q), key: .constant(k), value: .constant(v), whole
    ).value
    let late = tape.attention(
      query: .constant(q.rows(30..<50)), key: .constant(k), value: .constant(v),
      AttentionShape(batch: 1, queries: 20, keys: 50, heads: 2, headSize: 16, isCausal: true))
    #expect(isClose(late.value, expected.rows(30..<50).values))
  }

  /// Few units and many queries: the way back is cut into pieces, the same on any number of lanes,
  /// and equals the sum over pieces of queries that ask one after another.
  @Test(arguments: [true, false]) func longSequence(isCausal: Bool) {
    let shape = AttentionShape(
      batch: 1, queries: 800, heads: 2, keyHeads: 1, headSize: 8, isCausal: isCausal)
    let packed = sampleTensor([800, shape.packedColumns], seed: 1)
    let seed = sampleTensor([800, 16], seed: 2)
    func gradient(_ lanes: Int) -> Tensor? {
      let tape = Tape(lanes: Lanes(lanes))
      let x = tape.input(packed)
      tape.backward(from: tape.attention(packed: x, shape), seed: seed)
      return tape.gradient(of: x)
    }
    let whole = gradient(1)
    for lanes in [2, 3] { #expect(gradient(lanes) == whole) }
    func columns(_ range: Range<Int>) -> Tensor {
      Tensor(
        (0..<800).flatMap { row in range.map { packed.values[row * 32 + $0] } },
        shape: [800, range.count])
    }
    let (queries, tape) = (columns(0..<16), Tape(lanes: Lanes(1)))
    let (k, v) = (tape.input(columns(16..<24)), tape.input(columns(24..<32)))
    var expected = [Float](repeating: 0, count: 800 * 32)
    for rows in [0..<100, 100..<460, 460..<800] {
      let q = tape.input(queries.rows(rows))
      let part = AttentionShape(
        batch: 1, queries: rows.count, keys: 800, heads: 2, keyHeads: 1, headSize: 8,
        isCausal: isCausal, offset: rows.lowerBound)
      tape.backward(
        from: tape.attention(query: q, key: k, value: v, part), seed: seed.rows(rows))
      let dq = tape.gradient(of: q)?.values ?? []
      for (index, value) in dq.enumerated() {
        expected[(rows.lowerBound + index / 16) * 32 + index % 16] = value
      }
    }
    for (start, sum) in [(16, tape.gradient(of: k)), (24, tape.gradient(of: v))] {
      for (index, value) in (sum?.values ?? []).enumerated() {
        expected[index / 8 * 32 + start + index % 8] = value
      }
    }
    let error = Reference.relativeError(whole?.values ?? [], expected.map(Double.init))
    #expect(error < Reference.sumTolerance)
  }

  @Test func noSequences() {
    let shape = AttentionShape(
      batch: 0, queries: 2, heads: 1, headSize: 4, isCausal: false, keyLengths: [])
    let tape = Tape(lanes: Lanes(2))
    let x = tape.input(Tensor(zeros: [0, 12]))
    let y = tape.attention(packed: x, shape)
    #expect(y.shape == [0, 4])
    tape.backward(from: y)
    #expect(tape.gradient(of: x)?.shape == [0, 12])
  }

  @Test func refusesWeightsOfQueriesBeyondTheKeys() async {
    await #expect(processExitsWith: .failure) {
      let shape = AttentionShape(
        batch: 1, queries: 3, keys: 2, heads: 1, headSize: 4, isCausal: false)
      _ = shape.weights(packed: Tensor(zeros: [2, 12]), rows: 0..<3, lanes: Lanes(1))
    }
  }

  @Test func refusesNegativeSizes() async {
    await #expect(processExitsWith: .failure) {
      _ = AttentionShape(batch: 1, queries: -1, keys: 2, heads: 1, headSize: 4, isCausal: false)
    }
  }

  @Test func refusesOtherShapes() async {
    await #expect(processExitsWith: .failure) {
      let x = Variable.constant(Tensor(zeros: [2, 6]))
      _ = Tape(lanes: Lanes(1)).attention(
        query: x, key: x, value: x,
        AttentionShape(batch: 2, queries: 1, keys: 2, heads: 2, headSize: 3, isCausal: false))
    }
  }
}
