import Pipeline

/// Files named by a path below a data folder.
enum DataPath {
  /// - Throws: ``StageFailure`` of class `environment` for a file that is not there.
  static func files(_ paths: [String], in folders: DataFolders) throws -> [DeclaredFile] {
    try paths.map { path in
      guard let url = folders.locate(path) else {
        throw StageFailure(
          .environment, at: path, "the file is not there",
          why: "looked in " + folders.folders.map(\.path).joined(separator: ", "),
          fix: "put it into one of these folders, or name another with --data")
      }
      return DeclaredFile(name: path, url: url)
    }
  }

  /// The file of a path, or of an input where the path is empty.
  ///
  /// - Throws: ``StageFailure`` when there is neither or both.
  static func given(
    _ context: StageContext, _ path: String, input slot: String
  ) throws -> HashedFile {
    switch (context.files.first { $0.name == path }, context.optionalInput(slot)) {
    case (let file?, nil): return file
    case (nil, let input?): return HashedFile(name: slot, url: input.url, hash: input.hash)
    case (let file, _):
      throw StageFailure(
        at: "input \(slot)", file == nil ? "there is no file to read" : "there are two files",
        why: "one is read: a path below a data folder, or the input",
        fix: file == nil ? "name a path, or connect the input" : "write '' for the path")
    }
  }
}
