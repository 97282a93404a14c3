import Compute
import Foundation
import Pipeline

/// The poisoned records of a training set, to be laid over the clean ones.
///
/// An overlay and not a second training set: a poisoned set differs from its base in a few
/// thousand of 50,000 records, so the overlay keeps some 15 MB a row instead of 153, its hash
/// changes exactly when the poison does, and the clean records exist once. It names the base by
/// content hash, so it can never be laid over another set.
package struct PoisonOverlay: Sendable {
  /// What was done, for tables downstream.
  package struct Provenance: Sendable, Hashable {
    /// Training intensities in the order given; empty for a clean row.
    package var intensities: [Double] = []
    /// Class that poisoned records are labelled with.
    package var target = 0
    /// Poisoned records.
    package var count = 0
    /// Content hash of the trigger artifact that was stamped.
    package var trigger = ""

    package init() {}

    package init(intensities: [Double], target: Int, count: Int, trigger: String) {
      self.intensities = intensities
      self.target = target
      self.count = count
      self.trigger = trigger
    }

    /// How tables name the training intensities: `1.0+0.1`, or `clean`.
    package var text: String {
      intensities.isEmpty ? "clean" : Self.joined(intensities)
    }

    static func joined(_ intensities: [Double]) -> String {
      intensities.map { Value.double($0).plainText }.joined(separator: "+")
    }
  }

  /// Content hash of the training-set artifact that the indices refer to.
  package let baseHash: String
  package let provenance: Provenance
  /// Poisoned records of the base, group after group.
  package let indices: [Int32]
  /// For each poisoned record, the position of its intensity in the list.
  package let groups: [UInt8]
  /// Their stamped images and new labels.
  package let records: LabelledImages

  package init(
    baseHash: String, provenance: Provenance, indices: [Int32], groups: [UInt8],
    records: LabelledImages
  ) {
    precondition(
      indices.count == records.count && groups.count == records.count,
      "overlay: \(indices.count) indices, \(groups.count) groups, \(records.count) records")
    self.baseHash = baseHash
    self.provenance = provenance
    self.indices = indices
    self.groups = groups
    self.records = records
  }

  /// The base with the poisoned records in place.
  ///
  /// - Precondition: every index lies inside the base.
  package func applied(to base: LabelledImages) -> LabelledImages {
    var result = base
    let byteCount = ImageGeometry.byteCount
    result.images.withUnsafeMutableBytes { target in
      records.images.withUnsafeBytes { source in
        for (position, index) in indices.enumerated() {
          precondition(index >= 0 && index < base.count, "overlay: index \(index) of \(base.count)")
          (target + Int(index) * byteCount).update(
            from: source + position * byteCount, count: byteCount)
        }
      }
    }
    for (position, index) in indices.enumerated() {
      result.labels[Int(index)] = records.labels[position]
    }
    return result
  }

  package func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = [
      "base": baseHash, "target": String(provenance.target), "trigger": provenance.trigger,
      "intensities": PoisonOverlay.Provenance.joined(provenance.intensities),
    ]
    writer.set("indices", indices, shape: [indices.count])
    writer.set("groups", ByteTensor(groups, shape: [groups.count]))
    writer.set("images", records.images)
    writer.set("labels", ByteTensor(records.labels, shape: [records.count]))
    try writer.write(to: url.path)
  }

  /// Reads what ``write(to:)`` wrote for the training set with this content hash.
  ///
  /// - Throws: ``StageFailure`` when the overlay belongs to another set or has another shape.
  package init(reading artifact: InputArtifact, base: InputArtifact, count: Int) throws {
    let file = try SafeTensorsFile(reading: artifact.url.path)
    func refuse(_ what: String, _ why: String) -> StageFailure {
      StageFailure(
        at: "input overlay", what, why: why,
        fix: "connect the training set that was given to backdoor.poison")
    }
    let baseHash = file.metadata["base"] ?? ""
    guard baseHash == base.hash else {
      throw refuse(
        "the overlay was made for training set \(baseHash.prefix(8)), not \(base.hash.prefix(8))",
        "its indices mean records of that set")
    }
    let images = try file.bytes("images")
    let labels = try file.bytes("labels").values
    let indices = try file.integers("indices")
    let groups = try file.bytes("groups").values
    let side = ImageGeometry.side
    let intensities = file.metadata["intensities", default: ""].split(separator: "+")
      .compactMap { Double($0) }
    guard images.shape == [labels.count, ImageGeometry.channels, side, side],
      indices.count == labels.count, groups.count == labels.count,
      indices.allSatisfy({ $0 >= 0 && $0 < count }),
      groups.allSatisfy({ $0 < max(1, intensities.count) })
    else { throw refuse("its tensors do not fit each other", "the file is damaged") }
    self.init(
      baseHash: baseHash,
      provenance: Provenance(
        intensities: intensities, target: Int(file.metadata["target"] ?? "") ?? 0,
        count: labels.count, trigger: file.metadata["trigger", default: ""]),
      indices: indices, groups: groups,
      records: LabelledImages(images: images, labels: labels))
  }
}
