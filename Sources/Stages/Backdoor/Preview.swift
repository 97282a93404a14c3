import Compute
import Pipeline

extension ByteTensor {
  /// One image of `[N, 3, H, W]` as a picture.
  func picture(_ index: Int) -> PNGImage {
    let (height, width) = (shape[2], shape[3])
    let planes = rows(index..<(index + 1)).values
    let pixels = (0..<(height * width)).flatMap { place in
      (0..<3).map { planes[$0 * height * width + place] }
    }
    return PNGImage(width: width, height: height, pixels: pixels)
  }
}

extension ImageSheet {
  /// A sheet with one labelled row for each batch of images `[N, 3, H, W]`; shorter rows end early.
  init(rows: [(label: String, images: ByteTensor)], title: String) {
    let width = rows.map { $0.images.shape[0] }.max() ?? 0
    self.init(
      title: title, rowLabels: rows.map(\.label),
      columnLabels: [String](repeating: "", count: width),
      images: rows.map { row in
        (0..<width).map { $0 < row.images.shape[0] ? row.images.picture($0) : nil }
      })
  }
}

extension LabelledImages {
  /// The first record of each class, in class order, at most `count`.
  func examples(_ count: Int, classCount: Int) -> ByteTensor {
    let indices = indicesByClass(classCount).compactMap(\.first).prefix(count)
    return images.gathered(rows: indices)
  }
}
