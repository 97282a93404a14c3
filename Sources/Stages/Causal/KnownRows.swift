import Compute

/// Rows whose outcomes an estimator may look at.
struct KnownRows: Equatable {
  let train: [Int]
  /// Empty where the data are not split.
  let validation: [Int]

  init(_ data: CausalData) {
    self.init(Array(0..<data.count), of: data)
  }

  /// Those among some rows; copies stay copies.
  private init(_ rows: [Int], of data: CausalData) {
    func part(_ kind: CausalData.Part) -> [Int] {
      rows.filter { (data.part?[$0] ?? CausalData.Part.train.rawValue) == kind.rawValue }
    }
    (train, validation) = (part(.train), part(.validation))
  }

  enum Drawing {
    /// A share of the clusters, each once.
    case subset(Double)
    /// As many clusters as there are, with replacement.
    case bootstrap
  }

  /// Known rows of drawn clusters. A cluster is drawn for both parts at once, for its units tell of
  /// each other whatever part they are in.
  ///
  /// Where few clusters have a treatment, a draw may miss an arm: it is drawn again, and after
  /// twenty misses left to the refusal of ``EstimatorParameters/fit(_:_:draw:_:)``.
  static func drawn(
    _ drawing: Drawing, from data: CausalData, for parameters: EstimatorParameters,
    _ random: inout SplitMix64
  ) -> KnownRows {
    let known = KnownRows(data)
    let clusters = ClusterResampling(
      (known.train + known.validation).sorted(), clusters: data.cluster)
    let sample = data.sample
    var rows = known
    for _ in 0..<20 {
      switch drawing {
      case .subset(let share): rows = KnownRows(clusters.subset(share, &random), of: data)
      case .bootstrap: rows = KnownRows(clusters.bootstrap(&random), of: data)
      }
      if parameters.thinArm(sample, train: rows.train) == nil { break }
    }
    return rows
  }
}
