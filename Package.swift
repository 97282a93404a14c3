// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "pipeline",
  products: [
    .executable(name: "pipeline", targets: ["PipelineCommand"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // Loaded at run time: only its header is needed here.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    .systemLibrary(name: "CLinux"),

    .target(name: "CKernels"),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "Compute", dependencies: ["CKernels", "COpenBLAS"]),
    .target(
      name: "Pipeline",
      dependencies: [
        "CYAML", "CCrypto", "CJPEG", "CLinux", "CZlib",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .target(
      name: "Stages", dependencies: ["Pipeline", "Compute"], plugins: ["FingerprintPlugin"]),
    .executableTarget(
      name: "PipelineCommand",
      dependencies: [
        "Pipeline", "Stages", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(name: "SourceFingerprints", dependencies: ["CCrypto"]),
    .plugin(
      name: "FingerprintPlugin", capability: .buildTool(), dependencies: ["SourceFingerprints"]),

    .testTarget(name: "ComputeTests", dependencies: ["Compute", "CKernels"]),
    .testTarget(name: "PipelineTests", dependencies: ["Pipeline"]),
    .testTarget(name: "StagesTests", dependencies: ["Stages", "Pipeline", "Compute"]),
    .testTarget(name: "CommandTests", dependencies: ["PipelineCommand"]),
    .testTarget(name: "HouseTests"),
    .executableTarget(
      name: "Fuzzer", dependencies: ["Pipeline", "Stages", "Compute"],
      path: "Tests/Torture/Fuzzer"),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
