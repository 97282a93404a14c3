// Writes Swift source with one hash per stage family over the sources that compute it.
//
//   SourceFingerprints SOURCES_FOLDER OUTPUT_FILE
//
// A stage's results depend on its own folder, on the parts of Pipeline that give artifacts their
// bytes (tables, figures), and, where the folder imports it, on Compute with its kernels; the build
// runs this whenever one of them changes.
import CCrypto
import Foundation

func sha256(_ data: Data) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: 32)
  data.withUnsafeBytes { bytes in
    _ = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, EVP_sha256(), nil)
  }
  return digest
}

/// Paths (relative to the folder) and contents of all sources below a folder, in path order.
func sources(below folder: URL) throws -> Data {
  let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".c") || $0.hasSuffix(".h") }
  var content = Data()
  for path in paths.sorted() {
    content.append(contentsOf: Array(path.utf8) + [0])
    content.append(contentsOf: sha256(try Data(contentsOf: folder.appending(path: path))))
  }
  return content
}

let root = URL(filePath: CommandLine.arguments[1])
let stages = root.appending(path: "Stages")

func content(of folders: [String]) throws -> Data {
  try folders.reduce(into: Data()) { $0.append(try sources(below: root.appending(path: $1))) }
}

/// Whether a Swift source below the folder says so.
func importsCompute(_ folder: URL) throws -> Bool {
  try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    .filter { $0.hasSuffix(".swift") }
    .contains { path in
      try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        .split(separator: "\n").contains("import Compute")
    }
}

let artifactFolders = ["Pipeline/Stage", "Pipeline/Tables/Figures", "Pipeline/Tables/Form"]
let artifacts = try content(of: artifactFolders)
let numerics = try content(of: ["CKernels", "Compute"])

var entries = ""
for family in try FileManager.default.contentsOfDirectory(atPath: stages.path).sorted()
where !family.contains(".") {
  let folder = stages.appending(path: family)
  let shared = try importsCompute(folder) ? numerics + artifacts : artifacts
  let hash = sha256(shared + (try sources(below: folder))).prefix(8).map {
    String(format: "%02x", $0)
  }.joined()
  entries += "    \"\(family)\": \"\(hash)\",\n"
}
let text = """
  /// Hashes of the sources behind each stage family, made at build time.
  enum SourceFingerprint {
    static let byFamily: [String: String] = [
  \(entries)  ]
  }

  """
try Data(text.utf8).write(to: URL(filePath: CommandLine.arguments[2]))
