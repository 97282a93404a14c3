import Dispatch
import Foundation
import Synchronization

/// Runs stages again on their stored inputs and compares what comes out with what is stored.
///
/// Nothing is written to the store. Each trial has a scratch folder of its own; one trial's outputs
/// are kept until the stage is done, as the reference where nothing is stored.
package struct Verifier: Sendable {
  /// Says where two artifacts of a type first differ.
  package typealias Comparison = @Sendable (ArtifactType, URL, URL) throws -> String?

  private let graph: Graph
  private let plan: Plan
  private let store: Store
  private let options: VerificationOptions
  private let dataFolders: DataFolders
  private let inline: any Executor
  private let process: any Executor
  private let compare: Comparison

  /// - Parameters:
  ///   - graph: with the stages to verify.
  ///   - plan: of the graph against the store.
  ///   - store: with the inputs; it is only read.
  ///   - options: what varies.
  ///   - dataFolders: where stages look for declared files.
  ///   - inline: for short stages without numerics.
  ///   - process: for all others.
  ///   - compare: finds the first difference of two artifacts.
  package init(
    _ graph: Graph, plan: Plan, store: Store, options: VerificationOptions,
    dataFolders: DataFolders, inline: any Executor = InlineExecutor(), process: any Executor,
    compare: @escaping Comparison
  ) {
    self.graph = graph
    self.plan = plan
    self.store = store
    self.options = options
    self.dataFolders = dataFolders
    self.inline = inline
    self.process = process
    self.compare = compare
  }

  /// Verifies instances, several at once.
  ///
  /// - Parameters:
  ///   - indices: of the graph's instances.
  ///   - scratch: a folder that does not exist yet; it is removed at the end.
  ///   - cancellation: leaves out what has not begun.
  ///   - observer: hears of each instance when it is done, from one thread at a time.
  /// - Throws: ``FileError`` when the folder cannot be made, ``StoreError`` for a damaged input.
  package func run(
    _ indices: [Int], scratch: URL, cancellation: Cancellation,
    observer: @escaping @Sendable (Int, Verification) -> Void
  ) throws {
    try Files.createFolder(scratch.path)
    defer { Files.removeTree(scratch.path) }
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    let turn = Mutex(())
    let group = DispatchGroup()
    for _ in 0..<max(1, min(options.jobs, indices.count)) {
      DispatchQueue.global().async(group: group) {
        while !cancellation.isRequested {
          let position = next.add(1, ordering: .relaxed).oldValue
          guard position < indices.count else { return }
          let index = indices[position]
          let folder = scratch.appending(path: String(index))
          defer { Files.removeTree(folder.path) }
          do {
            let result = try verify(index, in: folder, cancellation)
            turn.withLock { _ in observer(index, result) }
          } catch {
            failure.withLock { $0 = $0 ?? error }
            return
          }
        }
      }
    }
    group.wait()
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func verify(
    _ index: Int, in folder: URL, _ cancellation: Cancellation
  ) throws -> Verification {
    let instance = graph.instances[index]
    guard instance.isEnabled else { return .disabled }
    guard let artifacts = plan.inputs(of: instance), try holds(artifacts) else { return .unfed }
    var trial = Trial(
      instance: instance, inputs: artifacts, files: try files(of: instance), folder: folder,
      options: options, executor: instance.needsProcess ? process : inline)
    var references: [String: URL] = [:]
    var isStored = false
    if case .cached(_, let outputs) = plan.states[index] {
      isStored = true
      for (slot, hash) in outputs where try store.holds(hash) {
        let path = try store.file(of: hash, copyingTo: folder.path + "/stored")
        references[slot] = URL(filePath: path)
      }
    }
    var trials = 0
    var differences: [Verification.Difference] = []
    for lanes in options.lanes {
      for _ in 0..<options.times where !cancellation.isRequested {
        do {
          let outputs = try trial.run(lanes: lanes, store: store, cancellation: cancellation)
          trials += 1
          for (slot, type, file) in outputs {
            guard let reference = references[slot] else {
              references[slot] = file
              continue
            }
            if let place = try compare(type, reference, file) {
              differences.append(
                .init(output: slot, lanes: lanes, isAgainstStore: isStored, place: place))
            }
          }
        } catch let error as StoreError {
          throw error
        } catch {
          return .failed(AttemptFailure(error))
        }
      }
    }
    return differences.isEmpty ? .same(trials: trials) : .different(differences)
  }

  /// Whether the contents of inputs are kept.
  private func holds(_ inputs: [String: [KeyParts.Artifact]]) throws -> Bool {
    try inputs.values.joined().allSatisfy { try store.holds($0.hash) }
  }

  private func files(of instance: Instance) throws -> [HashedFile] {
    let hashes = FileHashes(store)
    return try instance.bound.stage.files(in: dataFolders).map {
      HashedFile(name: $0.name, url: $0.url, hash: try hashes.hash(of: $0.url.path))
    }
  }
}

/// One instance that is run again and again.
private struct Trial {
  let instance: Instance
  let inputs: [String: [KeyParts.Artifact]]
  let files: [HashedFile]
  let folder: URL
  let options: VerificationOptions
  let executor: any Executor
  private var count = 0

  init(
    instance: Instance, inputs: [String: [KeyParts.Artifact]], files: [HashedFile], folder: URL,
    options: VerificationOptions, executor: any Executor
  ) {
    self.instance = instance
    self.inputs = inputs
    self.files = files
    self.folder = folder
    self.options = options
    self.executor = executor
  }

  /// Runs it once more.
  ///
  /// - Returns: the outputs, which stay until the instance is done.
  mutating func run(
    lanes: Int, store: Store, cancellation: Cancellation
  ) throws -> [(slot: String, type: ArtifactType, file: URL)] {
    count += 1
    let outputs = folder.path + "/\(count)"
    try Files.createFolder(outputs)
    let job = StageJob(
      bound: instance.bound, inputs: try store.openInputs(inputs, copyingTo: outputs + "/.inputs"),
      files: files, lanes: lanes, outputFolder: outputs, jobFolder: folder.path + "/job\(count)",
      logPath: folder.path + "/log",
      timeoutSeconds: options.timeoutSeconds ?? instance.resources.timeoutSeconds,
      memoryBytes: instance.resources.memoryBytes, memoryLimitBytes: options.memoryBytes)
    let produced = try executor.execute(job, cancellation: cancellation, report: { _ in }).outputs
    return produced.map { ($0.slot, $0.type, URL(filePath: outputs + "/" + $0.slot)) }
  }
}
