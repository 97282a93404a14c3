import Compute
import Testing

struct MatrixMultiplyTests {
  @Test func handWorkedProduct() {
    let a = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    let b = Tensor([1, 0, 2, 1, 0, 3], shape: [3, 2])
    let c = a.matrixProduct(b, lanes: Lanes(1))
    #expect(c == Tensor([5, 11, 14, 23], shape: [2, 2]))
  }

  /// Own kernel, OpenBLAS (right factor above 150 KiB) and vectors, with either factor turned.
  @Test(
    arguments: [
      (70, 33, 21), (400, 64, 64), (60, 210, 200), (1, 40, 30), (1, 210, 200), (50, 1, 20),
      (1, 1, 9), (3, 2, 0),
    ],
    [TransposedFactor.none, .left, .right])
  func matchesTheLoops(size: (Int, Int, Int), transposed: TransposedFactor) {
    let (m, n, k) = size
    let a = Tensor(
      Reference.values(m * k, seed: 1), shape: transposed == .left ? [k, m] : [m, k])
    let b = Tensor(
      Reference.values(k * n, seed: 2), shape: transposed == .right ? [n, k] : [k, n])
    let (left, right) = (a.values, b.values)
    let expected = (0..<m * n).map { element in
      let (i, j) = (element / n, element % n)
      return (0..<k).reduce(0.0) { sum, d in
        sum + Double(left[transposed == .left ? d * m + i : i * k + d])
          * Double(right[transposed == .right ? j * k + d : d * n + j])
      }
    }
    let one = a.matrixProduct(b, transposed: transposed, lanes: Lanes(1))
    let two = a.matrixProduct(b, transposed: transposed, lanes: Lanes(2))
    #expect(one.shape == [m, n])
    #expect(Reference.relativeError(one.values, expected) < Reference.sumTolerance)
    #expect(one == two)
    if transposed == .none, k > 0 {
      let peer = a.openBLASProduct(b)
      #expect(Reference.relativeError(peer.values, expected) < Reference.sumTolerance)
    }
  }

  @Test func aRowHasTheSameBitsAloneAndAmongOthers() {
    let a = Tensor(Reference.values(70 * 32, seed: 1), shape: [70, 32])
    let b = Tensor(Reference.values(32 * 10, seed: 2), shape: [32, 10])
    let whole = a.matrixProduct(b, lanes: Lanes(1))
    for row in [0, 1, 47, 48, 69] {
      let rows = row..<row + 1
      #expect(a.rows(rows).matrixProduct(b, lanes: Lanes(1)) == whole.rows(rows))
    }
  }

  @Test func refusesDifferentInnerSizes() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(zeros: [2, 3]).matrixProduct(Tensor(zeros: [4, 5]), lanes: Lanes(1))
    }
  }
}
