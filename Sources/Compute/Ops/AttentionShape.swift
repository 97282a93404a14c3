/// Sizes and mask of an attention. Rows are tokens, sequence after sequence; heads lie side by side
/// in a row.
package struct AttentionShape: Sendable, Equatable {
  /// Sequences, N.
  package let batch: Int
  /// Queries of a sequence, T.
  package let queries: Int
  /// Keys and values of a sequence, S.
  package let keys: Int
  /// Query heads, H.
  package let heads: Int
  /// Key and value heads; query head h uses key head `h / (H / keyHeads)`.
  package let keyHeads: Int
  /// Floats of a head, E.
  package let headSize: Int
  /// Whether query i sees only the keys 0 ... i + `offset`.
  package let isCausal: Bool
  /// Keys before the first query: S - T when the queries are the newest tokens.
  package let offset: Int
  /// Factor of q . k.
  package let scale: Float
  /// For each sequence how many of its keys count, from the first; nil for all of them.
  package let keyLengths: [Int]?

  /// An attention of the usual scale 1 / sqrt(E).
  ///
  /// - Parameters:
  ///   - batch: N.
  ///   - queries: T.
  ///   - keys: S; T if nil.
  ///   - heads: H, a multiple of `keyHeads`.
  ///   - keyHeads: H if nil.
  ///   - headSize: E.
  ///   - isCausal: see the property.
  ///   - offset: S - T if nil.
  ///   - scale: 1 / sqrt(E) if nil.
  ///   - keyLengths: N numbers in 0 ... S.
  package init(
    batch: Int, queries: Int, keys: Int? = nil, heads: Int, keyHeads: Int? = nil, headSize: Int,
    isCausal: Bool, offset: Int? = nil, scale: Float? = nil, keyLengths: [Int]? = nil
  ) {
    self.batch = batch
    self.queries = queries
    self.keys = keys ?? queries
    self.heads = heads
    self.keyHeads = keyHeads ?? heads
    self.headSize = headSize
    self.isCausal = isCausal
    self.offset = offset ?? self.keys - queries
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.keyLengths = keyLengths
    precondition(
      batch >= 0 && queries >= 0 && self.keys >= 0,
      "attention: \(batch) sequences of \(queries) queries and \(self.keys) keys")
    precondition(
      heads >= 1 && self.keyHeads >= 1 && heads % self.keyHeads == 0 && headSize >= 1
        && self.scale > 0,
      "attention: \(heads) heads over \(self.keyHeads) key heads of \(headSize)")
    precondition(
      keyLengths.map { $0.count == batch && $0.allSatisfy((0...self.keys).contains) } ?? true,
      "attention: key lengths \(keyLengths ?? []) for \(batch) sequences of \(self.keys) keys")
  }

  /// Query heads that share a key head.
  var group: Int { heads / keyHeads }
  /// Floats in a row of queries, and of keys.
  package var queryColumns: Int { heads * headSize }
  package var keyColumns: Int { keyHeads * headSize }
  /// Floats in a row that holds queries, keys and values.
  package var packedColumns: Int { queryColumns + 2 * keyColumns }
}
