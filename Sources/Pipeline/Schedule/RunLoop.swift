import Dispatch
import Foundation

/// The state of a run, owned by the one thread that calls ``run()``.
struct RunLoop {
  enum Message: Sendable {
    case prepared(Int, Result<[HashedFile], any Error>)
    /// The key is ours and its inputs are open: the stage starts.
    case started(Int, attempt: Int, lanes: Int)
    case report(Int, StageReport)
    case ended(Int, Result<Computation, any Error>)
    /// Another process may be done with the instance's key by now.
    case retryBusy(Int)
    case cancel(level: Int)
  }

  /// What is known of one instance so far.
  struct Progress {
    var files: [HashedFile]?
    var parts: KeyParts?
    var key: String?
    var action: StoredAction?
    var attempt: Attempt?
    var startedSeconds: Double?
    var attemptCount = 0
    var cause = RunCause.unknown
    var busyCount = 0
    var recoveryCount = 0
    /// Whether a consumer needs contents that were let go or damaged.
    var isRestored = false
    var failure: AttemptFailure?
    var report: StageProgress?
  }

  let runner: Runner
  let storedRun: StoredRun
  let cancellation: Cancellation
  let observer: (RunEvent) -> Void
  let mailbox = Mailbox<Message>()
  let work = DispatchQueue(label: "stages", attributes: .concurrent)
  /// Reads declared files, one after the other: several at once would only fight for the disk, and
  /// would read the same one twice.
  let hashing = DispatchQueue(label: "files")
  let hashes: FileHashMemo
  /// Each declared folder is listed once, until an attempt is made again.
  var dataFolders: DataFolders
  let liveRows: LiveRows
  private let start = DispatchTime.now()
  var schedule: Schedule
  var progress: [Progress]
  /// Actions that are likely to be asked for, loaded with one query.
  var known: [String: StoredAction]
  /// Which instance is about to compute a key, or does; equal ones wait for it.
  var leaders: [String: Int] = [:]
  var followers: [String: [Int]] = [:]
  var computedKeys: Set<String> = []
  /// Messages that will come although nothing runs: hashing of files, waits for other processes.
  var expectedCount = 0
  var hasFailed = false

  init(
    _ runner: Runner, run: StoredRun, known: [String: StoredAction], cancellation: Cancellation,
    observer: @escaping (RunEvent) -> Void
  ) {
    self.runner = runner
    self.known = known
    self.cancellation = cancellation
    self.observer = observer
    storedRun = run
    hashes = FileHashMemo(runner.store)
    dataFolders = runner.dataFolders.remembering()
    liveRows = LiveRows(runner.store, run: run.id)
    schedule = Schedule(
      runner.graph,
      tokens: Tokens(cpus: max(runner.options.jobs, 1), memoryBytes: runner.options.memoryBytes))
    progress = runner.graph.instances.map { _ in Progress() }
  }

  /// Whether nothing new may start.
  var isStopping: Bool {
    cancellation.isRequested || (hasFailed && !runner.options.keepsGoing)
  }

  mutating func run() {
    cancellation.observe { [mailbox] in mailbox.post(.cancel(level: $0)) }
    while true {
      while let index = schedule.nextUnblocked() { resolve(index) }
      if !isStopping { startReady() }
      let isIdle = schedule.runningCount == 0 && (expectedCount == 0 || isStopping)
      if isIdle || schedule.unsettledCount == 0 { break }
      for message in mailbox.next() { handle(message) }
    }
    schedule.abandonUnstarted(as: cancellation.isRequested ? .cancelled : .skipped)
    for index in progress.indices where isUnannounced(index) { announceEnd(of: index) }
  }

  var elapsedSeconds: Double {
    Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
  }

  var records: [InstanceRecord] { progress.indices.map(record) }

  // MARK: Starting

  private mutating func startReady() {
    while let (index, share) = schedule.startNext() {
      guard let key = progress[index].key, let parts = progress[index].parts else {
        preconditionFailure("an instance is made ready only after its key has been formed")
      }
      let instance = runner.graph.instances[index]
      progress[index].attemptCount += 1
      let attempt = Attempt(
        key: key, run: storedRun.id, instance: instance.id,
        number: progress[index].attemptCount)
      progress[index].attempt = attempt
      progress[index].cause =
        isForced(index) ? .forced : progress[index].isRestored ? .restored : .missing
      let lanes = share.cpus
      let task = AttemptTask(
        instance: instance, attempt: attempt, parts: parts, isForced: isForced(index),
        needsContents: progress[index].isRestored,
        inputs: keyedInputs(of: index), files: progress[index].files ?? [], lanes: lanes,
        timeoutSeconds: runner.options.timeoutSeconds ?? instance.resources.timeoutSeconds,
        memoryLimitBytes: runner.options.memoryBytes, store: runner.store,
        executor: runner.executor(for: instance))
      work.async { [mailbox, cancellation] in
        let result = task.run(
          cancellation,
          onStart: { mailbox.post(.started(index, attempt: attempt.number, lanes: lanes)) },
          report: { mailbox.post(.report(index, $0)) })
        mailbox.post(.ended(index, result))
      }
    }
  }

  /// Whether it may run at all.
  func isSelected(_ index: Int) -> Bool { runner.options.selected?.contains(index) ?? true }

  func isForced(_ index: Int) -> Bool {
    guard isSelected(index), runner.options.forced.contains(index), let key = progress[index].key
    else { return false }
    return !computedKeys.contains(key)
  }

  /// The artifacts of the producers, which are complete by now.
  func keyedInputs(of index: Int) -> [String: [KeyParts.Artifact]] {
    var inputs: [String: [KeyParts.Artifact]] = [:]
    for binding in runner.graph.instances[index].inputs {
      inputs[binding.slot] = binding.sources.compactMap { source in
        progress[source.instance].action?.output(source.output).map {
          KeyParts.Artifact(
            hash: $0.hash, labels: source.gatheredLabels, type: binding.type)
        }
      }
    }
    return inputs
  }

  // MARK: Ends

  mutating func settle(_ index: Int, as state: InstanceState, _ action: StoredAction? = nil) {
    if let action { progress[index].action = action }
    schedule.settle(index, as: state)
    announceEnd(of: index)
    releaseKey(of: index)
  }

  private func announceEnd(of index: Int) {
    let record = record(index)
    observer(.ended(index, record))
    var row = InstanceRow(position: index, name: record.name, state: .ended(record.state))
    row.key = record.key
    row.attempt = record.attempt
    row.attemptCount = record.attemptCount
    row.started = startDate(of: index)
    row.cost = record.cost
    row.failure = record.failure?.description
    liveRows.note(row)
  }

  private func startDate(of index: Int) -> Date? {
    progress[index].startedSeconds.map { storedRun.started.addingTimeInterval($0) }
  }

  /// Shows the instance to other processes as running, with what it reported last.
  func noteRunning(_ index: Int) {
    let progress = progress[index]
    var row = InstanceRow(
      position: index, name: runner.graph.instances[index].id, state: .running)
    row.key = progress.key
    row.attempt = progress.attempt?.id
    row.attemptCount = progress.attemptCount
    row.started = startDate(of: index)
    row.fraction = progress.report?.fraction
    row.message = progress.report?.message
    liveRows.note(row)
  }

  /// Lets equal instances that waited for this one look again.
  mutating func releaseKey(of index: Int) {
    guard let key = progress[index].key, leaders[key] == index else { return }
    leaders[key] = nil
    for follower in followers.removeValue(forKey: key) ?? [] { schedule.unblockAgain(follower) }
  }

  /// Skipped and cancelled without having been looked at: not yet told to the observer.
  private func isUnannounced(_ index: Int) -> Bool {
    guard case .settled(let state) = schedule.states[index] else { return false }
    return state == .skipped || (state == .cancelled && progress[index].failure == nil)
  }

  private func record(_ index: Int) -> InstanceRecord {
    let progress = progress[index]
    var state = InstanceState.cancelled
    if case .settled(let settled) = schedule.states[index] { state = settled }
    return InstanceRecord(
      name: runner.graph.instances[index].id, state: state, key: progress.key,
      parts: progress.parts, outputs: progress.action?.outputs ?? [],
      startedSeconds: progress.startedSeconds,
      cost: progress.action?.cost ?? Cost(), attempt: progress.attempt?.id,
      attemptCount: progress.attemptCount, cause: progress.cause,
      logPath: progress.attempt.map { runner.store.workspace.log(ofAttempt: $0.id) },
      failure: state == .failed ? progress.failure : nil,
      skipReason: schedule.skipReasons[index])
  }
}
