import Foundation

/// One attempt at an instance, ready to be carried out on any thread.
struct AttemptTask: Sendable {
  let instance: Instance
  let attempt: Attempt
  let parts: KeyParts
  let isForced: Bool
  /// Whether a stored result is not enough whose contents were let go.
  let needsContents: Bool
  let inputs: [String: [KeyParts.Artifact]]
  let files: [HashedFile]
  let lanes: Int
  let timeoutSeconds: Double?
  let memoryLimitBytes: Int
  let store: Store
  let executor: any Executor

  /// Blocks until the attempt has ended; `onStart` is called only if the stage is run at all.
  func run(
    _ cancellation: Cancellation, onStart: () -> Void,
    report: @escaping @Sendable (StageReport) -> Void
  ) -> Result<Computation, any Error> {
    Result {
      try store.compute(
        attempt, parts: parts, force: isForced, needsContents: needsContents,
        note: { report(.message($0)) }
      ) { folder in
        let job = StageJob(
          bound: instance.bound,
          inputs: try store.openInputs(inputs, copyingTo: folder + "/.inputs"),
          files: files, lanes: lanes,
          outputFolder: folder, jobFolder: store.jobFolder(of: attempt),
          logPath: store.workspace.log(ofAttempt: attempt.id), timeoutSeconds: timeoutSeconds,
          memoryBytes: instance.resources.memoryBytes, memoryLimitBytes: memoryLimitBytes)
        onStart()
        let result = try executor.execute(job, cancellation: cancellation, report: report)
        try checkFiles()
        return result
      }
    }
  }

  /// The stage read its declared files after they were hashed: what it made of them belongs to
  /// the key only while they are still what was hashed.
  private func checkFiles() throws {
    let hashes = FileHashes(store)
    for file in files where try hashes.hash(of: file.url.path) != file.hash {
      throw AttemptFailure(
        .environment, at: file.name, "the file changed while the stage ran",
        why: "the result would be stored under the old content", fix: "run again")
    }
  }
}

extension Store {
  /// Files with the contents of inputs, each compared with its hash. Small ones, which live in the
  /// database, are written into `folder`, a hidden one, where no slot can be.
  func openInputs(
    _ inputs: [String: [KeyParts.Artifact]], copyingTo folder: String
  ) throws(StoreError) -> [String: [InputArtifact]] {
    var artifacts: [String: [InputArtifact]] = [:]
    for (slot, inputs) in inputs {
      for input in inputs {
        let path = try file(of: input.hash, copyingTo: folder)
        artifacts[slot, default: []].append(
          InputArtifact(
            url: URL(filePath: path), hash: input.hash, labels: input.labels, type: input.type))
      }
    }
    return artifacts
  }
}
