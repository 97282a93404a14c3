/// Rows drawn by cluster: units that share a cluster share what is drawn.
///
/// With covariates of the cluster, drawing units alone understates errors several times over.
package struct ClusterResampling: Sendable {
  /// Rows of each cluster, in the order of the clusters' numbers.
  private let members: [[Int]]

  /// - Parameters:
  ///   - rows: what is drawn from.
  ///   - clusters: cluster of every unit; nil makes each row its own.
  package init(_ rows: [Int], clusters: [Int32]?) {
    if let clusters {
      var groups: [Int32: [Int]] = [:]
      for row in rows { groups[clusters[row], default: []].append(row) }
      members = groups.sorted { $0.key < $1.key }.map(\.value)
    } else {
      members = rows.map { [$0] }
    }
  }

  /// As many clusters as there are, with replacement.
  package func bootstrap(_ random: inout SplitMix64) -> [Int] {
    members.flatMap { _ in members[random.index(below: members.count)] }
  }

  /// A share of the clusters, at least one, each once.
  package func subset(_ share: Double, _ random: inout SplitMix64) -> [Int] {
    let count = max(1, Int((share * Double(members.count)).rounded()))
    return random.permutation(members.count).prefix(count).sorted().flatMap { members[$0] }
  }
}
