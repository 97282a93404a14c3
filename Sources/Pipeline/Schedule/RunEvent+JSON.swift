extension RunEvent {
  /// The event as one JSON object, of one line of the event stream (NDJSON).
  ///
  /// `event` names the kind; `instance` the stage instance; numbers that JSON cannot hold are
  /// `null`.
  package func jsonValue(in graph: Graph) -> Value {
    func fields(_ event: String, _ index: Int?, _ more: [String: Value] = [:]) -> Value {
      var fields = more
      fields["event"] = .string(event)
      if let index { fields["instance"] = .string(graph.instances[index].id) }
      return .map(fields)
    }
    switch self {
    case .began(let run, let count):
      let experiment = graph.experiment
      return fields(
        "began", nil,
        [
          "run": .string(run), "instances": .int(count), "experiment": .string(experiment.name),
          "profile": .string(experiment.profile), "spec": .string(experiment.file),
        ])
    case .started(let index, let attempt, let lanes):
      return fields("started", index, ["attempt": .int(attempt), "lanes": .int(lanes)])
    case .progress(let index, let progress):
      let values = progress.values.map { ($0.name, Value.double($0.value)) }
      return fields(
        "progress", index,
        [
          "fraction": .double(progress.fraction), "message": .string(progress.message),
          "values": .map(Dictionary(values, uniquingKeysWith: { $1 })),
        ])
    case .retry(let index, let failure):
      return fields("retry", index, ["failure": failure.jsonValue])
    case .ended(let index, let record):
      return fields("ended", index, record.jsonFields(in: graph))
    case .message(let index, let text):
      return fields("message", index, ["text": .string(text)])
    }
  }
}

extension InstanceRecord {
  fileprivate func jsonFields(in graph: Graph) -> [String: Value] {
    var fields: [String: Value] = [
      "state": .string(state.rawValue), "key": key.map(Value.string) ?? .null,
      "outputs": .map(
        Dictionary(outputs.map { ($0.slot, .string($0.hash)) }, uniquingKeysWith: { $1 })),
      "elapsed_seconds": .double(cost.elapsedSeconds), "cpu_seconds": .double(cost.cpuSeconds),
      "peak_memory_bytes": .int(cost.peakMemoryBytes), "attempts": .int(attemptCount),
    ]
    if let failure { fields["failure"] = failure.jsonValue }
    if let skipReason { fields["why"] = .string(skipReason.text(in: graph)) }
    return fields
  }
}

extension AttemptFailure {
  /// Class, the four parts and the end of the log.
  package var jsonValue: Value {
    .map([
      "class": .string(failureClass.rawValue), "location": .string(location),
      "what": .string(what), "why": .string(why), "fix": .string(fix),
      "log_tail": .list(logTail.map(Value.string)),
    ])
  }
}
