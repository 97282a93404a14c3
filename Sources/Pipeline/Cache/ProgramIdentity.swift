/// Which build of a program runs: another file, or the same one written anew, is another.
package struct ProgramIdentity: Sendable, Hashable {
  package let text: String

  /// - Throws: ``FileError`` when the file cannot be examined.
  package init(path: String) throws(FileError) {
    let look = try FileLook(path)
    text = "\(path) \(look.size) \(look.modified) \(look.changed) \(look.inode)"
  }
}
