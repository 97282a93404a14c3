import Synchronization

/// The hashes of files as one run or one plan sees them: each is found out once, so that all who
/// declare a file agree on its content.
final class FileHashMemo: Sendable {
  private let lasting: FileHashes?
  private let hashes = Mutex<[String: String]>([:])

  /// `store` is `nil` where there is none; nothing is remembered beyond this object then.
  init(_ store: Store?) {
    lasting = store.map { FileHashes($0) }
  }

  /// The hash if it is known without reading the file.
  func known(_ path: String) throws -> String? {
    if let hash = hashes.withLock({ $0[path] }) { return hash }
    guard let hash = try lasting?.known(path) else { return nil }
    hashes.withLock { $0[path] = hash }
    return hash
  }

  /// The SHA-256 of a file's content. Two threads that ask at once may both read the file.
  ///
  /// - Throws: ``FileError`` when it cannot be read, ``StoreError`` from the store.
  func hash(of path: String) throws -> String {
    if let hash = hashes.withLock({ $0[path] }) { return hash }
    let hash = try lasting?.hash(of: path) ?? SHA256.hex(ofFile: path).hash
    hashes.withLock { $0[path] = hash }
    return hash
  }

  /// Has a file looked at again that may have changed.
  func forget(_ path: String) { hashes.withLock { $0[path] = nil } }
}
