import Compute

/// What becomes of the cosine of captions and their images when words are left out.
struct WordDeletion {
  let captions: [ExplainedCaption]
  let trained: TrainedCLIP
  /// The image of each caption in the joint space, rows of length 1.
  let images: Tensor
  let lanes: Lanes

  /// Captions of two words or more: something is left of them.
  var used: [Int] { captions.indices.filter { captions[$0].words.count >= 2 } }

  /// By how much the cosine falls without the word at a place.
  ///
  /// - Parameter places: one for each of ``used``.
  /// - Returns: one number for each.
  /// - Throws: ``StageFailure`` for a word that the model does not know; captions were read before.
  func drops(_ places: [Int]) throws -> [Double] {
    let left = try cosines(
      zip(used, places).map { index, place in captions[index].without([place]) })
    return zip(used, left).map { captions[$0].cosine - $1 }
  }

  /// The area under the cosine while words are left out one after another, to the last but one, in
  /// five equal parts of the text.
  ///
  /// - Parameter orders: the places of all words of each of ``used``, the first to go first.
  /// - Returns: one area for each.
  /// - Throws: as ``drops(_:)`` does.
  func areas(_ orders: [[Int]]) throws -> [Double] {
    let curves = try (0...5).map { part in
      try cosines(
        zip(used, orders).map { index, order in
          captions[index].without(Set(order.prefix((order.count - 1) * part / 5)))
        })
    }
    return orders.indices.map { row in areaUnderCurve(curves.map { $0[row] }) }
  }

  /// Cosine of each image of ``used`` with some of its caption's words.
  private func cosines(_ kept: [[String]]) throws -> [Double] {
    let texts = try trained.textEmbeddings(kept.map { $0.joined(separator: " ") }, lanes: lanes)
    return used.enumerated().map { row, index in
      Double(dot(texts.rows(row..<row + 1), images.rows(index..<index + 1)))
    }
  }
}
