import Foundation

/// What a complete run was made from and what it left, so that a repetition is recognised before
/// anything is expanded: see `UnchangedRun`.
package struct Snapshot: Sendable, Hashable, Codable {
  /// A file whose content matters.
  package struct Source: Sendable, Hashable, Codable {
    package let path: String
    /// SHA-256 of its content.
    package let hash: String

    package init(path: String, hash: String) {
      self.path = path
      self.hash = hash
    }
  }

  /// A stage that looks at files outside the store, and what it found.
  struct Declaration: Sendable, Hashable, Codable {
    let kind: String
    /// Canonical JSON of its parameters.
    let parameters: String
    /// Where the files that it found stand in ``Snapshot/fileLists``.
    let fileList: Int
  }

  /// A file that a stage found.
  struct File: Sendable, Hashable, Codable {
    let name: String
    let path: String
    let hash: String
  }

  /// An artifact that is a file of the store.
  struct Artifact: Sendable, Hashable, Codable {
    let hash: String
    let byteCount: Int
  }

  /// A file of the stored results as it was when the run had written it.
  struct Result: Sendable, Hashable, Codable {
    let path: String
    let look: FileLook
  }

  /// Name of the run.
  package let run: String
  /// Its experiment's folder of stored results.
  package let resultsFolder: String
  package let instanceCount: Int
  /// Instances whose `if` does not hold.
  package let skippedCount: Int
  /// Names of the tables in the order in which they are shown.
  package let tables: [String]
  /// The specification and what it includes.
  let sources: [Source]
  let declarations: [Declaration]
  /// The distinct lists of files that stages found; many stages find the same ones.
  let fileLists: [[File]]
  let artifacts: [Artifact]
  let results: [Result]
}
