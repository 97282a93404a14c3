import Stages
import Testing

/// Card, section 7, check 6.
@Suite struct AttackMetricsTests {
  private let labels: [UInt8] = [0, 1, 2, 3, 4]
  private let predictions: [Int32] = [0, 0, 2, 0, 0]

  @Test func successLeavesTheTargetClassOut() {
    let metrics = AttackMetrics(labels: labels, predictions: predictions, target: 0)
    #expect(metrics.count == 4)
    #expect(metrics.successRate == 3.0 / 4)
    #expect(metrics.inclusiveRate == 4.0 / 5)
  }

  @Test func successIsUndefinedWithoutOtherClasses() {
    let metrics = AttackMetrics(labels: [0, 0], predictions: [0, 1], target: 0)
    #expect(metrics.successRate == nil)
    #expect(metrics.inclusiveRate == 0.5)
  }

  @Test func accuracyCountsMatches() {
    #expect(AttackMetrics.accuracy(labels: labels, predictions: predictions) == 2.0 / 5)
  }

}
