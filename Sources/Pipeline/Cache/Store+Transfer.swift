import Foundation
import GRDB

/// Results that leave for another workspace, or come from one.
///
///     DIR/manifests/ab/KEY    the result as a text (``Manifest``)
///     DIR/cas/ab/HASH         its large contents
///
/// A workspace has the same two folders, so a lost database is made again by an import of the
/// workspace into itself.
extension Store {
  /// What a transfer did.
  package struct Transfer: Sendable {
    package internal(set) var resultCount = 0
    /// Results that were there already.
    package internal(set) var presentCount = 0
    package internal(set) var byteCount = 0
    /// What could not be taken over, and why.
    package internal(set) var refused: [(name: String, why: String)] = []
  }

  // MARK: Export

  /// Copies results into a folder; each content is compared with its hash on the way.
  ///
  /// - Throws: ``StoreError``, also when a content is damaged.
  package func export(_ keys: Set<String>, to folder: String) throws(StoreError) -> Transfer {
    var transfer = Transfer()
    let target = Workspace(URL(filePath: folder))
    for key in keys.sorted() {
      guard let manifest = try manifest(of: key) else { continue }
      guard isWhole(manifest.action) else {
        transfer.refused.append((key, "its contents are not kept"))
        continue
      }
      for output in manifest.files {
        let path = target.artifact(output.hash)
        if Files.size(path) == output.byteCount { continue }
        let source = try verifiedFile(of: output.hash)
        do throws(FileError) { try Files.place(copyOf: source, at: path) } catch {
          throw StoreError(error)
        }
        transfer.byteCount += output.byteCount
      }
      do throws(FileError) { try Files.place(manifest.data, at: target.manifest(key)) } catch {
        throw StoreError(error)
      }
      transfer.resultCount += 1
    }
    return transfer
  }

  /// A stored result as a text; `nil` for a key without one.
  func manifest(of key: String) throws(StoreError) -> Manifest? {
    guard let action = try action(key), let parts = try parts(of: key) else { return nil }
    let instance = try read { db in
      try String.fetchOne(
        db, sql: "SELECT instance FROM action WHERE key = ?", arguments: [key]) ?? ""
    }
    var contents: [String: Data] = [:]
    for output in action.outputs where output.byteCount <= Store.inlineByteLimit {
      contents[output.hash] = try data(of: output.hash)
    }
    return Manifest(action: action, parts: parts, instance: instance, contents: contents)
  }

  // MARK: Import

  /// Takes over every result that a folder holds whole: its text is intact, its key is that of its
  /// parts, and every content has its hash. That shows that nothing was altered on the way, not who
  /// computed it: import only from folders that you trust.
  ///
  /// - Parameter folder: an export, or another workspace (of which only the costly results have
  ///   texts).
  /// - Returns: what was taken over, and what was refused.
  /// - Throws: ``StoreError`` when this store cannot be written.
  package func `import`(from folder: String) throws(StoreError) -> Transfer {
    var transfer = Transfer()
    let source = Workspace(URL(filePath: folder))
    for shelf in Files.names(in: source.manifests).sorted() {
      for name in Files.names(in: source.manifests + "/" + shelf).sorted() {
        do {
          let path = source.manifests + "/" + shelf + "/" + name
          try adopt(Store.readManifest(path), from: source, &transfer)
        } catch let flaw as Manifest.Flaw {
          transfer.refused.append((name, flaw.what))
        } catch let error as FileError {
          switch StoreError(error) {
          // That is no fault of the folder.
          case .diskFull, .notWritable: throw StoreError(error)
          default: transfer.refused.append((name, error.description))
          }
        } catch { throw StoreError(error, path: workspace.database) }
      }
    }
    return transfer
  }

  private static func readManifest(_ path: String) throws -> Manifest {
    guard let size = Files.size(path) else { throw Manifest.Flaw(what: "it is no regular file") }
    guard size <= Manifest.byteLimit else {
      throw Manifest.Flaw(what: "it is larger than any text of a result")
    }
    return try Manifest(data: Files.read(path))
  }

  private func adopt(
    _ manifest: Manifest, from source: Workspace, _ transfer: inout Transfer
  ) throws {
    let key = manifest.action.key
    if try action(key) != nil {
      transfer.presentCount += 1
      return
    }
    while true {
      for output in manifest.files { try supply(output, from: source, &transfer) }
      let lock = try ShelfLock(workspace, .shared)
      // Unless somebody has removed a result with the same content since.
      if manifest.files.allSatisfy({ Files.size(workspace.artifact($0.hash)) == $0.byteCount }) {
        let time = now().timeIntervalSince1970
        try write(durable: true) { db in
          try Store.insert(manifest, attempt: "import", time: time, into: db)
        }
        transfer.resultCount += 1
        return
      }
      _ = consume lock
    }
  }

  /// Sees to it that a content is in its place; what comes from outside is compared with its hash
  /// before it gets there.
  private func supply(
    _ output: StoredOutput, from source: Workspace, _ transfer: inout Transfer
  ) throws {
    let target = workspace.artifact(output.hash)
    if Files.size(target) != nil {
      if isGood(target, output) { return }
      try quarantine(output.hash, byteCount: output.byteCount)
    }
    let path = source.artifact(output.hash)
    guard Files.size(path) == output.byteCount else {
      throw Manifest.Flaw(what: "the content of '\(output.slot)' is missing or of another size")
    }
    guard try Files.place(copyOf: path, at: target, onlyIf: { isGood($0, output) }) else {
      throw Manifest.Flaw(mismatchIn: output)
    }
    transfer.byteCount += output.byteCount
  }

  private func isGood(_ path: String, _ output: StoredOutput) -> Bool {
    Store.hasContent(path, output.hash, byteCount: output.byteCount)
  }
}
