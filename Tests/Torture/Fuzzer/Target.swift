import Foundation

/// A reader under test: sound samples of its input, and a call that must end with a value or an
/// error, never with a trap, a hang or memory beyond the limit.
struct Target {
  let name: String
  /// Share of all cases.
  let weight: Double
  let samples: [[UInt8]]
  var tokens: [String] = []
  /// Whether the input was accepted.
  let accepts: ([UInt8]) -> Bool
}

extension Target {
  /// - Parameters:
  ///   - specs: whole specifications.
  ///   - scratch: a folder for readers that want files.
  /// - Returns: one target for each reader.
  static func all(specs: [[UInt8]], scratch: URL) -> [Target] {
    let files = InputFiles(folder: scratch)
    return textReaders(specs) + tableReaders + tensorReaders(files) + dataSetReaders(files)
      + pictureReaders + clipReaders(files)
  }

  static func succeeds(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      return false
    }
  }
}

/// The files of this process that hold what is read.
struct InputFiles {
  let folder: URL

  /// A second input, beside the damaged one.
  var other: URL { folder.appending(path: "other-\(getpid())") }

  /// Hands the bytes over as a file.
  func stored(_ bytes: [UInt8], _ body: (URL) throws -> Void) throws {
    let file = folder.appending(path: "input-\(getpid())")
    try Data(bytes).write(to: file)
    try body(file)
  }
}
