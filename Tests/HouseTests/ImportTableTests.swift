import Foundation
import Testing

/// The build stops cycles between modules, but not an undeclared import; this table does.
struct ImportTableTests {
  static let foundation: Set<String> = ["Foundation", "Dispatch", "Synchronization", "Glibc"]
  static let allowed: [String: Set<String>] = [
    "Compute": foundation.union(["CKernels", "COpenBLAS"]),
    "Pipeline": foundation.union(["CYAML", "CCrypto", "CJPEG", "CLinux", "CZlib", "GRDB"]),
    "Stages": ["Foundation", "Pipeline", "Compute"],
    "PipelineCommand": foundation.union(["Pipeline", "Stages", "ArgumentParser"]),
    "SourceFingerprints": ["Foundation", "CCrypto"],
  ]
  static let accessLevels: Set<String> = ["internal", "private", "fileprivate", "package"]

  static var sources: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
  }

  static func files(in module: String, ending: [String]) throws -> [(name: String, text: String)] {
    let folder = sources.appending(path: module)
    return try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { name in ending.contains { name.hasSuffix($0) } }
      .map { ($0, try String(contentsOf: folder.appending(path: $0), encoding: .utf8)) }
  }

  /// The modules that the file's `import` lines name, whatever attributes stand before them.
  static func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
        words[..<position].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains(String($0)) })
      else { return nil }
      let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias"]
      let name = kinds.contains(words[position + 1]) ? words[position + 2] : words[position + 1]
      return String(name.prefix { $0 != "." })
    }
  }

  @Test(arguments: allowed.keys.sorted())
  func importsFollowTheTable(module: String) throws {
    let files = try Self.files(in: module, ending: [".swift"])
    #expect(!files.isEmpty)
    for file in files {
      let foreign = Set(Self.imports(of: file.text)).subtracting(Self.allowed[module] ?? [])
      #expect(foreign.isEmpty, "\(module)/\(file.name) imports \(foreign.sorted())")
    }
  }

  @Test func kernelsIncludeOnlyStandardHeaders() throws {
    let standard: Set<String> = [
      "<stdint.h>", "<stddef.h>", "<string.h>", "<math.h>", "<immintrin.h>", "<stdbool.h>",
      "<float.h>",
    ]
    for file in try Self.files(in: "CKernels", ending: [".c", ".h"]) {
      for line in file.text.split(separator: "\n") where line.hasPrefix("#include <") {
        let header = String(line.dropFirst("#include ".count).prefix { $0 != " " })
        #expect(standard.contains(header), "CKernels/\(file.name) includes \(header)")
      }
    }
  }

  @Test func theReaderOfImportsSeesEveryForm() {
    let text = """
      import Foundation
      internal import CKernels
      @preconcurrency import Dispatch
      import struct GRDB.Row
      // import Nothing
      let important = "import no"
      """
    #expect(Self.imports(of: text) == ["Foundation", "CKernels", "Dispatch", "GRDB"])
  }
}
