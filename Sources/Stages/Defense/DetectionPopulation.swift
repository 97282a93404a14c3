/// Which stamped images are compared with which clean ones. Figures depend strongly on it.
package enum DetectionPopulation: String, Sendable, CaseIterable {
  /// All stamped images against all clean ones.
  case all
  /// Stamped images of other classes than the target against all clean ones: those of the target
  /// get it without any trigger, and would count as detections of nothing.
  case otherClasses = "excl_target"
  /// Stamped images that reach the target against clean images that are classified correctly.
  case filtered

  package func positives(_ stamped: ScoredImages, target: Int) -> [Double] {
    stamped.scores.indices.filter { index in
      switch self {
      case .all: true
      case .otherClasses: Int(stamped.labels[index]) != target
      case .filtered: Int(stamped.predictions[index]) == target
      }
    }.map { stamped.scores[$0] }
  }

  package func negatives(_ clean: ScoredImages) -> [Double] {
    guard self == .filtered else { return clean.scores }
    return clean.scores.indices.filter { Int32(clean.labels[$0]) == clean.predictions[$0] }
      .map { clean.scores[$0] }
  }
}
