import Pipeline

/// The data sets that stages know how to read and a user may lack.
package enum Assets {
  package static let all = [cifar10, fashionMNIST]

  /// CIFAR-10 in its binary layout.
  ///
  /// The distribution publishes a checksum of its archive only (MD5
  /// `c32a1d4ab5d03f1284b67883e8d87530`), so the files carry none here and a complete folder is
  /// named by its own hash: see ``ImageSource``.
  package static let cifar10 = Asset(
    name: "cifar10", summary: "60,000 colour images of 32x32 pixels in ten classes",
    licence: "no formal licence; cite Krizhevsky 2009",
    files: cifarFiles.map { Asset.File($0, byteCount: CIFARReader.fileByteCount, sha256: "") },
    sources: [.dataFolder("cifar-10-batches-bin")])

  static let cifarFiles =
    (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]

  /// Fashion-MNIST as Debian packages it.
  ///
  /// The package compresses without file names and times. With the original header put back, all
  /// four files have the MD5 sums that the project publishes: the contents are the official ones,
  /// and the original files (``fashionOriginals``) are as good.
  package static let fashionMNIST = Asset(
    name: "fashion_mnist", summary: "70,000 grey images of 28x28 pixels in ten classes of clothing",
    licence: "MIT",
    files: [
      .init(
        "train-images-idx3-ubyte.gz", byteCount: 26_421_856,
        sha256: "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"),
      .init(
        "train-labels-idx1-ubyte.gz", byteCount: 29_491,
        sha256: "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"),
      .init(
        "t10k-images-idx3-ubyte.gz", byteCount: 4_422_079,
        sha256: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"),
      .init(
        "t10k-labels-idx1-ubyte.gz", byteCount: 5125,
        sha256: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"),
    ],
    sources: [
      .dataFolder("fashion-mnist"),
      .debianPackage("dataset-fashion-mnist", folder: "/usr/share/datasets/fashion-mnist"),
    ])

  /// SHA-256 of the project's own four files.
  static let fashionOriginals = [
    "train-images-idx3-ubyte.gz":
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz":
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz":
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz":
      "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
  ]
}
