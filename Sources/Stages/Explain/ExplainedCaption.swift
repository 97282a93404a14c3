/// A caption whose words have shares.
package struct ExplainedCaption {
  let words: [String]
  let shares: [Double]
  /// The sums that shares are made of, before what is negative is cut off.
  let signed: [Double]
  let cosine: Double

  package init(words: [String], shares: [Double], signed: [Double], cosine: Double) {
    self.words = words
    self.shares = shares
    self.signed = signed
    self.cosine = cosine
  }

  /// Places from the largest share down. Half of all words have the share 0: their sums tell them
  /// apart, and what is equal even so stays in order.
  package var descending: [Int] {
    words.indices.sorted {
      (shares[$0], signed[$0], -$0) > (shares[$1], signed[$1], -$1)
    }
  }

  func without(_ places: Set<Int>) -> [String] {
    words.indices.filter { !places.contains($0) }.map { words[$0] }
  }
}
