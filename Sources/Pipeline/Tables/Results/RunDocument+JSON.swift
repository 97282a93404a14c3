import Foundation

extension RunDocument {
  /// - Returns: `nil` for anything but a document of this format.
  package init?(jsonValue value: Value) {
    guard value["format"] == .int(Self.format), let run = value["run"]?.text,
      let name = value["experiment"]?.text, let title = value["title"]?.text,
      let profile = value["profile"]?.text, let file = value["spec"]?["path"]?.text,
      let paper = value["paper"]?.textEntries,
      let parameters = value["parameters"]?.items(ResolvedParameter.init(jsonValue:)),
      let instances = value["instances"]?.items(RunInstance.init(jsonValue:)),
      let provenance = RunProvenance(jsonValue: value)
    else { return nil }
    for (index, instance) in instances.enumerated() {
      let before = instance.inputs.flatMap { $0.sources.map(\.instance) } + instance.needs
      guard before.allSatisfy({ (0..<index).contains($0) }) else { return nil }
    }
    self.init(
      run: run,
      experiment: Experiment(
        name: name, title: title, file: file, profile: profile,
        parameters: parameters, paper: paper),
      provenance: provenance, instances: instances)
  }
}

extension ResolvedParameter {
  fileprivate init?(jsonValue value: Value) {
    guard let name = value["name"]?.text, let content = value["value"],
      let origin = value["origin"]?.text
    else { return nil }
    self.init(name: name, value: content, origin: origin)
  }
}

extension RunInstance {
  fileprivate init?(jsonValue value: Value) {
    guard let stage = value["stage"]?.text, let labels = value["labels"]?.labels,
      let kind = value["kind"]?.text, let file = value["file"]?.text,
      case .int(let line)? = value["line"],
      let status = value["status"]?.text.flatMap(InstanceResult.Status.init),
      let key = value["key"]?.text, let parts = value["parts"].flatMap(KeyParts.init(jsonValue:)),
      let origins = value["origins"]?.textEntries, case .map(let reads)? = value["reads"],
      let inputs = value["inputs"]?.items(InputBinding.init(jsonValue:)),
      let needs = value["needs"]?.items(\.integer),
      let outputs = value["outputs"]?.items(StoredOutput.init(jsonValue:)),
      let elapsed = value["elapsed_seconds"]?.number, let cpu = value["cpu_seconds"]?.number,
      let memory = value["peak_memory_bytes"]?.integer, let attempts = value["attempts"]?.integer,
      let logTail = value["log_tail"]?.texts
    else { return nil }
    self.init(
      stage: stage, labels: labels, kind: kind,
      location: SourceLocation(file: file, line: line, column: 1), status: status)
    self.key = key
    self.parts = parts
    parameterOrigins = origins
    parameterSources = reads.compactMapValues(\.texts)
    self.inputs = inputs
    self.needs = needs
    self.outputs = outputs
    startedSeconds = value["started_seconds"]?.number
    cost = Cost(elapsedSeconds: elapsed, cpuSeconds: cpu, peakMemoryBytes: memory)
    attemptCount = attempts
    // Runs of earlier versions do not say.
    cause = value["cause"]?.text.flatMap(RunCause.init) ?? .unknown
    attempt = value["attempt"]?.text
    failure = value["failure"]?.text
    self.logTail = logTail
  }
}

extension KeyParts {
  fileprivate init?(jsonValue value: Value) {
    guard case .map(let entries) = value else { return nil }
    self.init(stored: entries.map { Part(name: $0.key, value: $0.value.canonicalJSON) })
  }
}

extension InputBinding {
  fileprivate init?(jsonValue value: Value) {
    guard let slot = value["slot"]?.text,
      let sources = value["sources"]?.items(Source.init(jsonValue:))
    else { return nil }
    self.init(slot: slot, sources: sources)
  }
}

extension InputBinding.Source {
  fileprivate init?(jsonValue value: Value) {
    guard let instance = value["instance"]?.integer, let output = value["output"]?.text,
      let labels = value["gathered"]?.labels
    else { return nil }
    self.init(instance: instance, output: output, gatheredLabels: labels)
  }
}

extension StoredOutput {
  fileprivate init?(jsonValue value: Value) {
    guard let slot = value["slot"]?.text, let hash = value["sha256"]?.text,
      let bytes = value["bytes"]?.integer,
      let type = value["type"]?.text.flatMap(ArtifactType.init)
    else { return nil }
    self.init(slot: slot, hash: hash, byteCount: bytes, type: type)
  }
}

extension Value {
  fileprivate var labels: [AxisLabel]? {
    items { item in
      guard let texts = item.texts, texts.count == 2 else { return nil }
      return AxisLabel(axis: texts[0], label: texts[1])
    }
  }
}
