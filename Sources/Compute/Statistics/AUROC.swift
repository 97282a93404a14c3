/// Area under the ROC curve, ties counted half.
///
///     AUC = (R+ - n+ (n+ + 1) / 2) / (n+ n-) = P(pos > neg) + P(pos = neg) / 2
///
/// R+ is the rank sum of the positives in the pooled sample with mid-ranks for ties; this equals
/// trapezoidal integration of the ROC curve.
///
/// - Parameters:
///   - positives: scores that should be large.
///   - negatives: scores that should be small.
/// - Returns: in 0...1; nil when the area is undefined: a sample is empty or a score is NaN.
package func auroc(positives: [Double], negatives: [Double]) -> Double? {
  guard !positives.isEmpty, !negatives.isEmpty else { return nil }
  guard !positives.contains(where: \.isNaN), !negatives.contains(where: \.isNaN) else { return nil }
  let pooled = (positives.map { ($0, true) } + negatives.map { ($0, false) })
    .sorted { $0.0 < $1.0 }
  var rankSum = 0.0
  var start = 0
  while start < pooled.count {
    var end = start
    var positivesHere = 0
    while end < pooled.count, pooled[end].0 == pooled[start].0 {
      if pooled[end].1 { positivesHere += 1 }
      end += 1
    }
    rankSum += Double(positivesHere) * Double(start + 1 + end) / 2
    start = end
  }
  let (positive, negative) = (Double(positives.count), Double(negatives.count))
  return (rankSum - positive * (positive + 1) / 2) / (positive * negative)
}
