import Compute
import Pipeline

/// `explain.figure`: a sheet of images and the maps that methods made of them.
struct FigureStage: Stage {
  static let kind = "explain.figure"
  static let version = 2
  static let summary =
    "Draws images beside the maps of several methods, with phrase, cosine and mask."
  static let inputs = [
    InputSlot("images", .dataset, help: "images and their targets"),
    InputSlot("maps", .tensors, isList: true, help: "maps of each method, of these images"),
  ]
  static let outputs = [OutputSlot("sheet", .figure, help: "one row per target")]

  private let rows: Int
  private let alpha: Double
  private let side: Int

  init(_ p: inout ParameterReader) {
    rows = p.int("rows", default: 6, in: 1...64, unit: "targets", help: "from the first")
    alpha = p.double(
      "alpha", default: 0.5, in: .closed(0, 1), unit: "fraction", help: "weight of the map")
    side = p.int(
      "side", default: 192, in: 32...1024, unit: "pixels",
      help: "least side of an image on the sheet, in whole multiples of its own")
  }

  func run(_ context: StageContext) throws {
    let images = context.input("images")
    let set = try CaptionedImages(reading: images.url)
    let methods = try context.inputList("maps").map {
      try HeatMaps($0, of: images, targets: set.targets.count)
    }
    let (rows, scale) = try extent(of: set, columns: methods.count + 1)
    let shown = Array(set.targets.indices.prefix(rows))
    var sheet = ImageSheet(
      title: "Which regions match the phrase?",
      rowLabels: shown.map { target in
        let cosine = methods.first.map { Double($0.modelCosines[target]) }
        return CaptionedImages.label(set.targets[target].phrase)
          + (cosine.map { "  cos \(MapColours.rounded($0))" } ?? "")
      },
      columnLabels: ["image"] + methods.map { CaptionedImages.label($0.method) },
      images: shown.map { row(of: $0, methods, set, scale: scale) })
    sheet.subtitle = set.masks.shape[0] == 0 ? "" : "White lines: where the phrase is."
    sheet.scale = 1
    sheet.hasLabelsAbove = true
    try sheet.image.pngData.write(to: context.output("sheet"))
  }

  /// A target's picture and maps, its mask outlined in each. Maps are enlarged smoothly to the
  /// sheet, pictures are not.
  private func row(
    of target: Int, _ methods: [HeatMaps], _ set: CaptionedImages, scale: Int
  ) -> [PNGImage] {
    let picture = set.picture(set.targets[target].image).scaled(by: scale)
    let mask = set.masks.shape[0] == 0 ? nil : set.mask(target)
    let large = mask.map { mask in
      (0..<picture.height).flatMap { y in
        (0..<picture.width).map { x in mask[y / scale * set.width + x / scale] }
      }
    }
    let maps = methods.map { maps in
      let map = maps.enlarged(target, rows: picture.height, columns: picture.width)
      return MapColours.overlaid(
        picture, map: Localisation.normalised(map).values, alpha: alpha)
    }
    return ([picture] + maps).map { image in
      var image = image
      if let large { MapColours.outline(large, in: &image, .white) }
      return image
    }
  }

  /// Rows and enlargement that a picture can have which our own reader takes: 16,384 pixels a side,
  /// 64 Mi in all. Columns come first, then the enlargement asked for, then rows.
  private func extent(of set: CaptionedImages, columns: Int) throws -> (rows: Int, scale: Int) {
    let (limit, frame) = (16_384, 128)
    let wanted = max(1, (side + set.width - 1) / set.width)
    for scale in stride(from: wanted, through: 1, by: -1) {
      let width = columns * (max(set.width * scale, CaptionedImages.labelWidth) + 8) + frame
      guard width <= limit else { continue }
      let height = min(limit, (64 << 20) / width) - frame
      return (max(1, min(rows, height / (set.height * scale + 40))), scale)
    }
    throw StageFailure(
      at: "input maps", "\(columns) columns of \(set.width) pixels",
      why:
        "a sheet is at most \(limit) pixels wide", fix: "show fewer methods")
  }

  var estimate: Estimate { Estimate(cpuSeconds: 3, memoryBytes: 512 << 20) }
}
