import Compute
import Testing

struct RankTests {
  @Test func equalScoresKeepTheirOrder() {
    let scores: [Float] = [2, 5, 2, 7]
    #expect(scores.indices.map { rank(of: $0, in: scores) } == [2, 1, 3, 0])
  }

  /// What is not a number is never found, and is no better than another.
  @Test func whatIsNoNumberIsLast() {
    #expect(rank(of: 0, in: [.nan, 1]) == 2)
    #expect(rank(of: 1, in: [.nan, 1]) == 0)
  }

  /// 1e8 + 1 - 1e8 is 0 in float32.
  @Test func scalarProductsAddInFloat64() {
    #expect(dot(Tensor([1e8, 1, -1e8]), Tensor([1, 1, 1])) == 1)
    #expect(dot(Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([1, -1, 2, 0])) == 5)
  }
}
