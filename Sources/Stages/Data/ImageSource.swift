import Compute
import Foundation
import Pipeline

/// A data set that `dataset.images` can give.
enum ImageSource: String, CaseIterable, Sendable {
  case cifar10
  case fashion_mnist
  case objects10

  /// The catalogue entry; `nil` for the embedded set.
  var asset: Asset? {
    switch self {
    case .cifar10: Assets.cifar10
    case .fashion_mnist: Assets.fashionMNIST
    case .objects10: nil
    }
  }

  /// The command that makes the set available.
  var remedy: String {
    switch self {
    case .cifar10:
      "mkdir -p data && curl -L https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz "
        + "| tar -xz -C data"
    case .fashion_mnist: "sudo apt-get install dataset-fashion-mnist"
    case .objects10: "prefer: [objects10]"
    }
  }

  /// The set's files below the data folders, named `SET/FILE`; `nil` when the set is not there.
  func files(in folders: DataFolders) -> [DeclaredFile]? {
    guard let asset else { return [] }
    return asset.locate(in: folders).map { folder in
      asset.files.map {
        DeclaredFile(name: "\(rawValue)/\($0.name)", url: folder.appending(path: $0.name))
      }
    }
  }

  /// The set that declared files belong to: that of their names, the embedded one for none.
  init(of files: [HashedFile]) {
    let set = files.first?.name.split(separator: "/").first.map(String.init) ?? ""
    self = ImageSource(rawValue: set) ?? .objects10
  }

  /// Whether a file has the official bytes; `nil` when no official hash is published.
  func isOfficial(_ file: HashedFile) -> Bool? {
    guard let entry = asset?.files.first(where: { file.name.hasSuffix("/" + $0.name) }),
      !entry.sha256.isEmpty
    else { return nil }
    return file.hash == entry.sha256 || file.hash == Assets.fashionOriginals[entry.name]
  }

  /// The identity of the set made of these files.
  ///
  /// The plain name stands for official bytes only; every other complete copy carries the first
  /// digits of its own hash, so that results on it are never taken for results on the original.
  func identity(of files: [HashedFile], seed: Int) -> (name: String, hash: String) {
    if self == .objects10 {
      return (rawValue, SHA256.hex(of: "objects10 v\(Objects10.version) seed \(seed)"))
    }
    let hash = SHA256.hex(of: files.map(\.hash).joined(separator: " "))
    let isOfficial = files.allSatisfy { self.isOfficial($0) == true }
    return (isOfficial ? rawValue : "\(rawValue) (copy \(hash.prefix(8)))", hash)
  }

  var classes: [String] {
    switch self {
    case .cifar10: CIFARReader.classes
    case .fashion_mnist: IDXReader.fashionClasses
    case .objects10: Objects10.classes
    }
  }

  /// The first records of both splits.
  func read(
    _ files: [HashedFile], train: Int, test: Int, seed: Int, lanes: Lanes
  ) throws -> (train: LabelledImages, test: LabelledImages) {
    let urls = files.map(\.url)
    switch self {
    case .cifar10:
      return (
        try CIFARReader.read(Array(urls.dropLast()), limit: train),
        try CIFARReader.read(Array(urls.suffix(1)), limit: test)
      )
    case .fashion_mnist:
      return (
        try IDXReader.read(images: urls[0], labels: urls[1], limit: train),
        try IDXReader.read(images: urls[2], labels: urls[3], limit: test)
      )
    case .objects10:
      return (
        Objects10.make(train, split: "train", seed: seed, lanes: lanes),
        Objects10.make(test, split: "test", seed: seed, lanes: lanes)
      )
    }
  }
}
