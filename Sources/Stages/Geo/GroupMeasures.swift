import Compute

/// Means of outcomes and effects by group of areas, with intervals that resample areas.
struct GroupMeasures {
  /// What is averaged over the units of a group.
  enum Kind: String {
    /// The estimated effect, and the same doubly robust.
    case effect, robust
    /// The outcome as it was, and as it would be if nobody or everybody were treated.
    case observed, untreated, treated
  }

  struct Figure {
    let value: Double?
    let interval: ClosedRange<Double>?
    let truth: Double?
  }

  struct Report {
    let groups: [(group: Int, n: Int, measure: Kind, figure: Figure)]
    /// The first group less the last.
    let gaps: [(measure: Kind, figure: Figure)]
  }

  /// A number for each unit, and its true value where that is known.
  private struct Measure {
    let kind: Kind
    let values: [Double]
    let truth: [Double]?
    /// The units that count.
    let rows: [Int]
  }

  private let measures: [Measure]
  private let clusters: [Int]

  /// Means of the doubly robust `scores` are of test units only: the others trained the outcomes
  /// that they correct.
  init(_ data: CausalData, _ estimate: EffectEstimate, scores: [Double]?, clusters: [Int]) {
    self.clusters = clusters
    let all = data.rows(of: .all)
    func measure(_ kind: Kind, _ values: [Double]?, truth: [Double]?, rows: [Int]) -> Measure? {
      values.map { Measure(kind: kind, values: $0, truth: truth, rows: rows) }
    }
    let (effects, truth) = (data.trueEffects, data.truth)
    measures = [
      measure(.effect, estimate.effects, truth: effects, rows: all),
      measure(.robust, scores, truth: effects, rows: data.rows(.test)),
      measure(.observed, data.outcome.map(Double.init), truth: nil, rows: all),
      measure(.untreated, estimate.untreated, truth: truth?.mu0.map(Double.init), rows: all),
      measure(.treated, estimate.treated, truth: truth?.mu1.map(Double.init), rows: all),
    ].compactMap(\.self)
  }

  func report(
    _ grouping: CausalData.Grouping, bootstrap: ClusterBootstrap, level: Double, lanes: Lanes
  ) -> Report {
    let count = grouping.labels.count
    var groups: [(group: Int, n: Int, measure: Kind, figure: Figure)] = []
    var gaps: [(measure: Kind, figure: Figure)] = []
    for measure in measures {
      func sums(_ values: [Double]) -> Sums {
        Sums(
          values, measure.rows, grouping, clusters, clusterCount: bootstrap.clusterCount)
      }
      let truths = measure.truth.map { sums($0).means(nil) }
      let sums = sums(measure.values)
      let means = sums.means(nil)
      let draws = bootstrap.replicates(lanes: lanes) { sums.means($0) }
      func interval(_ statistic: ([Double?]) -> Double?) -> ClosedRange<Double>? {
        ClusterBootstrap.interval(draws.compactMap(statistic), level: level)
      }
      for group in 0..<count {
        groups.append(
          (
            group, sums.counts(of: group), measure.kind,
            Figure(
              value: means[group], interval: interval { $0[group] }, truth: truths?[group])
          ))
      }
      func gap(_ means: [Double?]) -> Double? {
        means[0].flatMap { first in means[count - 1].map { first - $0 } }
      }
      gaps.append(
        (
          measure.kind,
          Figure(value: gap(means), interval: interval(gap), truth: truths.flatMap(gap))
        ))
    }
    return Report(groups: groups, gaps: gaps)
  }

  /// Sums and counts by cluster and group: all that a resample of clusters needs.
  private struct Sums {
    private let groupCount: Int
    private var sums: [Double]
    private var counts: [Int]

    init(
      _ values: [Double], _ rows: [Int], _ grouping: CausalData.Grouping, _ clusters: [Int],
      clusterCount: Int
    ) {
      groupCount = grouping.labels.count
      sums = [Double](repeating: 0, count: clusterCount * groupCount)
      counts = [Int](repeating: 0, count: clusterCount * groupCount)
      for unit in rows where grouping.members[unit] != 255 {
        let cell = clusters[unit] * groupCount + Int(grouping.members[unit])
        sums[cell] += values[unit]
        counts[cell] += 1
      }
    }

    func counts(of group: Int) -> Int {
      stride(from: group, to: counts.count, by: groupCount).reduce(0) { $0 + counts[$1] }
    }

    /// The mean of each group when cluster c counts `multiplicity[c]` times, once for nil; nil for
    /// a group without units.
    func means(_ multiplicity: [Int]?) -> [Double?] {
      (0..<groupCount).map { group in
        var (sum, count) = (0.0, 0)
        for cluster in 0..<sums.count / groupCount {
          let times = multiplicity?[cluster] ?? 1
          sum += Double(times) * sums[cluster * groupCount + group]
          count += times * counts[cluster * groupCount + group]
        }
        return count > 0 ? sum / Double(count) : nil
      }
    }
  }
}
