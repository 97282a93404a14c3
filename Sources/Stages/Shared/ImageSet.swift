import Compute
import Foundation
import Pipeline

/// Labelled images together with the identity of the data set they come from; the form of every
/// `dataset` artifact.
package struct ImageSet: Sendable {
  /// As tables and titles show it: `cifar10`, `cifar10 (copy 1a2b3c4d)`, `objects10`.
  package let name: String
  /// SHA-256 over the source files' hashes.
  package let hash: String
  /// Class names; the index is the label.
  package let classes: [String]
  package var records: LabelledImages

  package init(name: String, hash: String, classes: [String], records: LabelledImages) {
    self.name = name
    self.hash = hash
    self.classes = classes
    self.records = records
  }

  package var count: Int { records.count }

  /// Values of ``ResultColumns/dataset``.
  var cells: [Value] { ResultColumns.dataset(name, hash: hash) }

  /// The first records, all of them when there are fewer.
  package func prefix(_ count: Int) -> ImageSet {
    var copy = self
    copy.records = records.prefix(count)
    return copy
  }

  /// - Throws: ``StageFailure`` where the parameter `target` names a class that the set has not.
  func check(target: Int) throws {
    guard target < classes.count else {
      throw StageFailure(
        at: "parameter target", "\(target) is outside 0...\(classes.count - 1)",
        why: "\(name) has \(classes.count) classes",
        fix: "write a target of at most \(classes.count - 1)")
    }
  }

  package func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = [
      "dataset": name, "hash": hash, "classes": classes.joined(separator: ","),
    ]
    writer.set("images", records.images)
    writer.set("labels", ByteTensor(records.labels, shape: [records.count]))
    try writer.write(to: url.path)
  }

  /// Reads what ``write(to:)`` wrote.
  ///
  /// - Throws: ``StageFailure`` for a file of another shape, a label without a class, or images of
  ///   another size than 32x32x3.
  package init(reading url: URL) throws {
    let file = try SafeTensorsFile(reading: url.path)
    func refuse(_ what: String, _ why: String) -> StageFailure {
      StageFailure(
        at: url.path, what, why: why, fix: "use the output of dataset.images as this input")
    }
    guard let name = file.metadata["dataset"], let hash = file.metadata["hash"],
      let classes = file.metadata["classes"]?.split(separator: ",").map(String.init)
    else { throw refuse("the metadata names no data set", "an image set carries its identity") }
    let images = try file.bytes("images")
    let labels = try file.bytes("labels").values
    let side = ImageGeometry.side
    guard images.shape == [labels.count, ImageGeometry.channels, side, side] else {
      throw refuse(
        "images have shape \(images.shape) with \(labels.count) labels",
        "expected one 3x\(side)x\(side) image for each label")
    }
    if let record = labels.firstIndex(where: { $0 >= classes.count }) {
      throw refuse(
        "record \(record) has label \(labels[record])", "there are \(classes.count) classes")
    }
    self.init(
      name: name, hash: hash, classes: classes,
      records: LabelledImages(images: images, labels: labels))
  }
}

/// The shape of every image that the stages work on.
package enum ImageGeometry {
  package static let side = 32
  package static let channels = 3
  package static let pixelCount = side * side
  package static let byteCount = channels * pixelCount
}
