import Dispatch
import Foundation

/// What the run does about each unblocked instance and each message.
extension RunLoop {
  /// An instance whose inputs are complete: takes its result from the store or makes it ready.
  mutating func resolve(_ index: Int) {
    releaseKey(of: index)
    let instance = runner.graph.instances[index]
    do {
      if progress[index].files == nil, try !findFiles(of: index) { return }
      let parts = KeyParts(
        of: instance.bound, inputs: keyedInputs(of: index), files: progress[index].files ?? [])
      let key = parts.key
      progress[index].parts = parts
      progress[index].key = key
      if leaders[key] != nil {
        followers[key, default: []].append(index)
      } else if !isForced(index), let action = try storedAction(key),
        !progress[index].isRestored || runner.store.isWhole(action)
      {
        let isOurs = computedKeys.contains(key) || progress[index].busyCount > 0
        settle(index, as: isOurs ? .shared : .cached, action)
      } else if !isSelected(index), !progress[index].isRestored {
        schedule.leaveOut(index)
      } else if !restoreInputs(of: index) {
        leaders[key] = index
        schedule.makeReady(index)
      }
    } catch {
      giveUp(index, error)
    }
  }

  /// Has the producers run once more whose contents it needs and the store let go.
  ///
  /// - Returns: whether there are any; the instance waits for them then.
  private mutating func restoreInputs(of index: Int) -> Bool {
    var isWaiting = false
    for source in runner.graph.instances[index].inputs.flatMap(\.sources) {
      guard let action = progress[source.instance].action,
        let output = action.output(source.output), !runner.store.isPresent(output)
      else { continue }
      reopen(source.instance, action)
      isWaiting = true
    }
    return isWaiting
  }

  /// Has an instance run again although its result is stored.
  private mutating func reopen(_ index: Int, _ action: StoredAction) {
    known[action.key] = nil
    computedKeys.remove(action.key)
    progress[index].action = nil
    progress[index].isRestored = true
    schedule.reopen(index)
  }

  /// An instance of which not even the key can be told.
  private mutating func giveUp(_ index: Int, _ error: any Error) {
    if isSelected(index) { fail(index, AttemptFailure(error)) } else { schedule.leaveOut(index) }
  }

  mutating func handle(_ message: Message) {
    switch message {
    case .prepared(let index, .success(let files)):
      expectedCount -= 1
      progress[index].files = files
      schedule.unblockAgain(index)
    case .prepared(let index, .failure(let error)):
      expectedCount -= 1
      // It may have been skipped meanwhile.
      if schedule.isUndecided(index) { giveUp(index, error) }
    case .started(let index, let attempt, let lanes):
      progress[index].startedSeconds = elapsedSeconds
      progress[index].report = nil
      noteRunning(index)
      observer(.started(index, attempt: attempt, lanes: lanes))
    case .report(let index, .progress(let report)):
      progress[index].report = report
      noteRunning(index)
      observer(.progress(index, report))
    case .report(let index, .message(let text)): observer(.message(index, text))
    case .ended(let index, let result):
      schedule.endRunning(index)
      end(index, result)
    case .retryBusy(let index):
      expectedCount -= 1
      schedule.unblockAgain(index)
    case .cancel(let level):
      let text = level == 1 ? "stopping: no new stages; once more kills them" : "killing stages"
      observer(.message(nil, text))
    }
  }

  // MARK: Looking up

  /// Finds out the declared files. Those without a remembered hash are read on another thread.
  ///
  /// - Returns: whether the files are known now; otherwise a message will bring them.
  private mutating func findFiles(of index: Int) throws -> Bool {
    let declared = try runner.graph.instances[index].bound.files(in: dataFolders)
    let known = try declared.map { try hashes.known($0.url.path) }
    if !known.contains(nil) {
      progress[index].files = zip(declared, known).map {
        HashedFile(name: $0.name, url: $0.url, hash: $1 ?? "")
      }
      return true
    }
    expectedCount += 1
    hashing.async { [mailbox, hashes] in
      mailbox.post(
        .prepared(
          index,
          Result {
            try declared.map {
              HashedFile(name: $0.name, url: $0.url, hash: try hashes.hash(of: $0.url.path))
            }
          }))
    }
    return false
  }

  private mutating func storedAction(_ key: String) throws(StoreError) -> StoredAction? {
    if let action = known[key] {
      if let action = try runner.store.intact(action) { return action }
      known[key] = nil
    }
    return try runner.store.action(key)
  }

  // MARK: Ends of attempts

  private mutating func end(_ index: Int, _ result: Result<Computation, any Error>) {
    switch result {
    case .success(.computed(let action)):
      computedKeys.insert(action.key)
      settle(index, as: .done, action)
    case .success(.shared(let action)):
      settle(index, as: .shared, action)
    case .success(.busy):
      waitForOtherProcess(index)
    case .failure(StoreError.damagedArtifact(let hash, let detail)):
      recompute(hash, detail, for: index)
    case .failure(let error):
      let failure = AttemptFailure(error)
      let resources = runner.graph.instances[index].resources
      let retries = runner.options.maxRetries ?? resources.maxRetries
      if failure.failureClass == .cancelled, cancellation.isRequested {
        progress[index].failure = failure
        settle(index, as: .cancelled)
      } else if progress[index].attemptCount <= retries, !isStopping,
        failure.isRetried(by: resources.retryCauses)
      {
        observer(.retry(index, failure))
        // They may be what changed.
        for file in progress[index].files ?? [] { hashes.forget(file.url.path) }
        progress[index].files = nil
        dataFolders = runner.dataFolders.remembering()
        schedule.unblockAgain(index)
      } else {
        fail(index, failure)
      }
    }
  }

  private mutating func fail(_ index: Int, _ failure: AttemptFailure) {
    hasFailed = true
    progress[index].failure = failure
    settle(index, as: .failed)
  }

  /// Its tokens are given back meanwhile; the wait doubles from 0.1 s to 1 s.
  private mutating func waitForOtherProcess(_ index: Int) {
    if progress[index].busyCount == 0 {
      observer(.message(index, "another process computes this; waiting for it"))
    }
    let milliseconds = min(100 << min(progress[index].busyCount, 4), 1000)
    progress[index].busyCount += 1
    progress[index].attemptCount -= 1
    expectedCount += 1
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
      [mailbox] in mailbox.post(.retryBusy(index))
    }
  }

  /// An input turned out to be damaged: its producers run again, then this instance.
  private mutating func recompute(_ hash: String, _ detail: String, for index: Int) {
    progress[index].recoveryCount += 1
    progress[index].attemptCount -= 1
    guard progress[index].recoveryCount <= 2 else {
      let failure = StoreError.damagedArtifact(hash: hash, detail: detail)
      fail(index, AttemptFailure(failure))
      return
    }
    observer(.message(index, "artifact \(hash.prefix(12)) is damaged (\(detail)); made again"))
    for producer in progress.indices {
      guard let action = progress[producer].action,
        action.outputs.contains(where: { $0.hash == hash })
      else { continue }
      reopen(producer, action)
    }
    releaseKey(of: index)
    schedule.unblockAgain(index)
  }
}
