import Compute
import Testing

struct TensorTests {
  @Test func copiesShareMemoryUntilOneIsWritten() {
    let original = Tensor([1, 2, 3, 4], shape: [2, 2])
    var copy = original
    copy.fill(7)
    #expect(original.values == [1, 2, 3, 4])
    #expect(copy.values == [7, 7, 7, 7])
  }

  @Test func rowsAreViewsThatCopyOnWrite() {
    let original = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    var rows = original.rows(1..<3)
    #expect(rows.shape == [2, 2])
    #expect(rows.values == [3, 4, 5, 6])
    rows.fill(0)
    #expect(original.values == [1, 2, 3, 4, 5, 6])
  }

  @Test func reshapeKeepsOrder() {
    let matrix = Tensor([1, 2, 3, 4, 5, 6]).reshaped([2, 3])
    #expect(matrix.shape.description == "[2, 3]")
    #expect(matrix.rows(1..<2).values == [4, 5, 6])
  }

  @Test func equalityIsOfBits() {
    #expect(Tensor([.nan]) == Tensor([.nan]))
    #expect(Tensor([0]) != Tensor([-0.0]))
    #expect(Tensor([1, 2]) != Tensor([1, 2], shape: [2, 1]))
  }

  @Test func concatenatesRows() {
    let whole = Tensor(
      concatenatingRows: [Tensor([1, 2], shape: [1, 2]), Tensor([3, 4, 5, 6], shape: [2, 2])],
      rowShape: [2])
    #expect(whole == Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2]))
  }

  @Test func gathersByteRows() {
    let images = ByteTensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    #expect(images.gathered(rows: [2, 0, 2]).values == [5, 6, 1, 2, 5, 6])
    var copy = images
    copy.withUnsafeMutableBytes { $0[0] = 9 }
    #expect(images.values == [1, 2, 3, 4, 5, 6])
    #expect(copy.rows(0..<1).values == [9, 2])
  }

  @Test func gathersRows() {
    let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    #expect(tensor.gathered(rows: [2, 0, 2]) == Tensor([5, 6, 1, 2, 5, 6], shape: [3, 2]))
    #expect(tensor.rows(1..<3).gathered(rows: [1]) == Tensor([5, 6], shape: [1, 2]))
    #expect(tensor.gathered(rows: []).shape == [0, 2])
  }

  @Test func refusesToGatherARowThatIsNotThere() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2, 3], shape: [3, 1]).gathered(rows: [3])
    }
  }

  @Test func refusesAWrongCount() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor([1, 2, 3], shape: [2, 2])
    }
  }
}
