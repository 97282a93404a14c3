import Compute
import Foundation
import Pipeline

/// `vision.folder`: pictures of a data folder with captions, all brought to one size.
struct FolderStage: Stage {
  static let kind = "vision.folder"
  static let version = 2
  static let summary = "Reads PNG and JPEG pictures with captions, brought to one size."
  static let usesNumerics = false
  static let inputs: [InputSlot] = []
  static let outputs = [
    OutputSlot("images", .dataset, help: "pictures; each has its caption as its only target"),
    OutputSlot("preview", .figure, help: "the first pictures"),
  ]

  /// How a picture comes to its size.
  enum Fit: String, CaseIterable {
    /// Shortest side to the size, then the middle square: what CLIP was trained on.
    case crop
    /// Both sides to the size, without regard to shape.
    case squash
  }

  /// The most pictures that are read.
  private static let pictureLimit = 10_000
  /// By how much one side may exceed the other where the middle square is taken.
  private static let ratioLimit = 16

  private let path: String
  private let captions: [String: Value]
  private let size: Int
  private let fit: Fit

  init(_ p: inout ParameterReader) {
    path = p.string("path", default: "images", help: "folder in a data folder")
    captions = p.map(
      "captions", default: nil, help: "caption of each file, by its name; other files are left out")
    size = p.int("size", default: 224, in: 16...1024, unit: "pixels", help: "side of an image")
    fit = p.choice("fit", default: .crop, help: "how a picture comes to its size")
    let isText = captions.values.allSatisfy { if case .string = $0 { true } else { false } }
    if captions.isEmpty || captions.count > Self.pictureLimit || !isText {
      p.refuse(
        ParameterProblem(
          parameter: "captions", what: "\(captions.count) entries",
          why: "each of one to \(Self.pictureLimit) pictures has a text",
          fix: "write captions: {cat.png: a cat}"))
    }
    if let name = captions.keys.sorted().first(where: { $0.contains("/") || $0.hasPrefix(".") }) {
      p.refuse(
        ParameterProblem(
          parameter: "captions", what: "\"\(name)\" is no file of the folder",
          why: "pictures lie in the folder itself", fix: "write the file's own name"))
    }
  }

  var estimate: Estimate {
    Estimate(
      cpuSeconds: 2 + 0.1 * Double(captions.count),
      memoryBytes: captions.count * size * size * 12 + (512 << 20))
  }

  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    guard let folder = folders.locate(path) else {
      throw StageFailure(
        .environment, at: "parameter path", "there is no folder \(path)",
        why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
        fix: "put the pictures there, or name the folder that holds it with --data")
    }
    return try captions.keys.sorted().map { name in
      let url = folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw StageFailure(
          .environment, at: "parameter captions", "there is no \(name) in \(folder.path)",
          why: "it has a caption", fix: "put the picture there, or leave its caption out")
      }
      return DeclaredFile(name: name, url: url)
    }
  }

  func run(_ context: StageContext) throws {
    let pictures = try context.files.map { file in
      do {
        let picture = try PNGImage(imageData: Data(contentsOf: file.url))
        let (short, long) = (
          min(picture.width, picture.height), max(picture.width, picture.height)
        )
        guard fit == .squash || long <= Self.ratioLimit * short else {
          throw StageFailure(
            at: file.url.path, "\(picture.width) x \(picture.height) pixels",
            why: "the middle square would show next to nothing of a picture that is more than "
              + "\(Self.ratioLimit) times as long as wide",
            fix: "cut the picture, or write fit: squash")
        }
        return fitted(picture)
      } catch let error as PNGError {
        throw refusal(file, "\(error.what)")
      } catch let error as JPEGError {
        throw refusal(file, "\(error.what)")
      }
    }
    let texts = context.files.map { file -> String in
      if case .string(let text)? = captions[file.name] { return text }
      return ""
    }
    let set = CaptionedImages(
      name: path,
      hash: SHA256.hex(
        of: "\(fit) \(size) \(texts) "
          + context.files.map(\.hash).joined(separator: " ")),
      images: ByteTensor(
        pictures.flatMap(\.values), shape: [pictures.count, size, size, 3]),
      captions: texts,
      targets: texts.enumerated().map { .init(image: $0, phrase: $1) },
      masks: ByteTensor([UInt8](), shape: [0, size, size]), phrases: Array(Set(texts)).sorted(),
      vocabulary: [], wordClasses: [:])
    try set.write(to: context.output("images"))
    try set.preview(title: path).write(to: context.output("preview"))
  }

  private func refusal(_ file: HashedFile, _ what: String) -> StageFailure {
    StageFailure(
      at: file.url.path, what, why: "read are 8-bit PNG and JPEG pictures without damage",
      fix: "get the picture again, or convert it")
  }

  private func fitted(_ picture: PNGImage) -> ByteTensor {
    let image = ByteTensor(picture.pixels, shape: [picture.height, picture.width, 3])
    switch fit {
    case .squash: return Resampling.pictures.resized(image, rows: size, columns: size)
    case .crop: return image.centreSquare(size)
    }
  }
}

extension ByteTensor {
  /// The middle square of `[H, W, 3]` with its shortest side brought to `size`, as CLIP's
  /// evaluation does: the longer side is cut to whole pixels, the offset rounds halves to even.
  package func centreSquare(_ size: Int) -> ByteTensor {
    let (height, width) = (shape[0], shape[1])
    let short = min(height, width)
    let (rows, columns) = (size * height / short, size * width / short)
    let resized = Resampling.pictures.resized(self, rows: rows, columns: columns)
    let top = Int((Double(rows - size) / 2).rounded(.toNearestOrEven))
    let left = Int((Double(columns - size) / 2).rounded(.toNearestOrEven))
    return ByteTensor([size, size, 3]) { target in
      resized.withUnsafeBytes { source in
        for row in 0..<size {
          (target + row * size * 3).update(
            from: source + ((row + top) * columns + left) * 3, count: size * 3)
        }
      }
    }
  }
}
