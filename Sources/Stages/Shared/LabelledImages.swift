import Compute

/// Images with their labels, record by record.
package struct LabelledImages: Sendable, Equatable {
  /// `[N, 3, H, W]`, 0...255.
  package var images: ByteTensor
  /// `[N]`, class numbers.
  package var labels: [UInt8]

  /// - Precondition: one label per image.
  package init(images: ByteTensor, labels: [UInt8]) {
    precondition(
      images.shape[0] == labels.count, "images \(images.shape) with \(labels.count) labels")
    self.images = images
    self.labels = labels
  }

  package var count: Int { labels.count }

  /// The first records, all of them when there are fewer.
  package func prefix(_ count: Int) -> LabelledImages {
    let count = min(count, self.count)
    return LabelledImages(images: images.rows(0..<count), labels: Array(labels.prefix(count)))
  }

  /// The records with the given indices, in that order.
  package func gathered(_ indices: [Int]) -> LabelledImages {
    LabelledImages(
      images: images.gathered(rows: indices), labels: indices.map { labels[$0] })
  }

  /// Indices of the records of each class, in record order.
  ///
  /// - Precondition: every label is below `classCount`.
  package func indicesByClass(_ classCount: Int) -> [[Int]] {
    var indices = [[Int]](repeating: [], count: classCount)
    for (index, label) in labels.enumerated() { indices[Int(label)].append(index) }
    return indices
  }
}
