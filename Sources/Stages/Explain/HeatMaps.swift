import Compute
import Foundation
import Pipeline

/// One method's maps of all targets of a data set; the form of its `tensors` artifacts.
package struct HeatMaps {
  package let method: String
  /// Hash of the artifact of the images that they explain.
  package let imagesHash: String
  /// `[targets, rows, columns]`, as the method gives them.
  package let values: Tensor
  package let modelCosines: [Float]
  package let explainedCosines: [Float]

  func write(to url: URL) throws {
    var writer = SafeTensorsWriter()
    writer.metadata = ["form": "heat maps", "method": method, "images": imagesHash]
    writer.set("maps", values)
    writer.set("cos_model", Tensor(modelCosines))
    writer.set("cos_explained", Tensor(explainedCosines))
    try writer.write(to: url.path)
  }

  init(
    method: String, imagesHash: String, values: Tensor, modelCosines: [Float],
    explainedCosines: [Float]
  ) {
    self.method = method
    self.imagesHash = imagesHash
    self.values = values
    self.modelCosines = modelCosines
    self.explainedCosines = explainedCosines
  }

  /// Reads maps of the images that another input holds.
  init(_ artifact: InputArtifact, of images: InputArtifact, targets: Int) throws {
    let file = try SafeTensorsFile(reading: artifact.url.path)
    guard file.metadata["form"] == "heat maps", let method = file.metadata["method"] else {
      throw StageFailure(
        at: artifact.url.path, "these are no heat maps", why: "this input holds maps",
        fix: "use the output of explain.heatmap")
    }
    let values = try file.floats("maps")
    guard file.metadata["images"] == images.hash, values.shape.rank == 3,
      values.shape[0] == targets
    else {
      throw StageFailure(
        at: "input maps", "the maps of \(method) belong to other images",
        why: "each map is compared with the target that it explains",
        fix: "give both stages the same images")
    }
    let label = artifact.labels.map(\.label).joined(separator: " ")
    self.init(
      method: label.isEmpty ? method : label, imagesHash: images.hash, values: values,
      modelCosines: try file.floats("cos_model").values,
      explainedCosines: try file.floats("cos_explained").values)
  }

  /// One map enlarged to its image.
  package func enlarged(_ target: Int, rows: Int, columns: Int) -> [Float] {
    let (height, width) = (values.shape[1], values.shape[2])
    return Resampling.maps.resized(
      values.view(at: target * height * width, shape: [height, width, 1]), rows: rows,
      columns: columns
    ).values
  }

  /// One map as the method gave it.
  func native(_ target: Int) -> [Float] { values.rows(target..<target + 1).values }
}
