import Foundation

/// Sheets of the pictures that stages left.
extension PlotView {
  func imageFigures(
    _ instances: [InstanceResult], _ dataset: DatasetReference
  ) throws(Diagnostic) -> [Figure] {
    let found = instances.filter { instance in
      instance.stage == stage && instance.figures[output] != nil
        && filters.allSatisfy { filter in
          instance.labels.allSatisfy {
            $0.axis != filter.column || filter.labels.contains($0.label)
          }
        }
    }
    guard !found.isEmpty else {
      throw problem(
        "no instance of '\(stage)' left a figure '\(output)'", fix: "see the stage's log")
    }
    let files = found.map { $0.figures[output] ?? Data() }
    let isPNG = files.map { $0.starts(with: PNGImage.signature) }
    if found.count == 1 {
      let fileName = name + (isPNG[0] ? ".png" : ".svg")
      return [Figure(title: heading, fileName: fileName, data: files[0])]
    }
    guard isPNG.allSatisfy(\.self) else {
      return zip(found, files).map { instance, data in
        let labels = instance.labels.map(\.label).joined(separator: "_")
        let kind = data.starts(with: PNGImage.signature) ? "png" : "svg"
        return Figure(
          title: "\(heading): \(telling(instance.labels, in: found))",
          fileName: "\(name)_\(labels.fileSafe).\(kind)", data: data)
      }
    }
    return [try sheet(found, dataset)]
  }

  /// One sheet of all pictures: under each other, or with the labels of the axis `x` across.
  ///
  /// Labels that all pictures share (one seed) tell nothing apart and are left out, and a title
  /// that all pictures carry stands once above them.
  private func sheet(
    _ found: [InstanceResult], _ dataset: DatasetReference
  ) throws(Diagnostic) -> Figure {
    var pictures: [PNGImage] = []
    for instance in found {
      do {
        pictures.append(try PNGImage(pngData: instance.figures[output] ?? Data()))
      } catch {
        throw problem("\(instance.id): \(error.what)", fix: "run the stage again")
      }
    }
    let title = ImageSheet.commonTitle(of: pictures)
    if title != nil { pictures = pictures.map(ImageSheet.withoutTitle) }
    var rows: [String] = []
    var columns: [String] = []
    var images: [[String]: PNGImage] = [:]
    for (instance, picture) in zip(found, pictures) {
      let column = instance.labels.first { $0.axis == x && !isShared($0, by: found) }?.label ?? ""
      let row = telling(instance.labels.filter { $0.axis != x }, in: found)
      if !rows.contains(row) { rows.append(row) }
      if !columns.contains(column) { columns.append(column) }
      images[[row, column]] = picture
    }
    var sheet = ImageSheet(
      title: heading, rowLabels: rows, columnLabels: columns,
      images: rows.map { row in columns.map { images[[row, $0]] } })
    sheet.subtitle = dataset.name
    sheet.commonTitle = title
    sheet.hasLabelsAbove = columns.count == 1
    // Small pictures are enlarged; finished previews already have their size.
    sheet.scale = (pictures.map(\.width).max() ?? 0) <= 64 ? 3 : 1
    return Figure(title: heading, fileName: name + ".png", data: sheet.image.pngData)
  }

  /// "hidden 0.5, seed 11": the labels that not all of the pictures have.
  private func telling(_ labels: [AxisLabel], in found: [InstanceResult]) -> String {
    labels.filter { !isShared($0, by: found) }.map { "\($0.axis.spaced) \($0.label)" }
      .joined(separator: ", ")
  }

  private func isShared(_ label: AxisLabel, by instances: [InstanceResult]) -> Bool {
    instances.allSatisfy { $0.labels.contains(label) }
  }
}
