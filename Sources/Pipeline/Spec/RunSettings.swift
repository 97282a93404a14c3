/// Settings of stages that never change a result: each `nil` where it is not written.
struct RunSettings: Sendable {
  var cpus: Int?
  var memoryBytes: Int?
  var timeoutSeconds: Double?
  var maxRetries: Int?
  var retryCauses: Set<Resources.RetryCause>?
  var isolation: Resources.Isolation?

  static let keys = ["resources", "timeout", "retries", "isolation"]

  init() {}

  /// Reads the settings of `subject` ("stage 'model'") from its map.
  init(_ map: MapReader, _ subject: String, _ errors: DiagnosticCollector) {
    if let node = map["resources"],
      let reader = MapReader(
        node, "resources of \(subject)", keys: ["cpus", "memory"], errors)
    {
      cpus = errors.int(reader["cpus"], "cpus of \(subject)", in: 1...4_096)
      memoryBytes = errors.size(reader["memory"], "memory of \(subject)")
    }
    timeoutSeconds = errors.duration(map["timeout"], "timeout of \(subject)")
    isolation = errors.choice(map["isolation"], "isolation of \(subject)")
    guard let node = map["retries"] else { return }
    if node.text != nil {
      maxRetries = errors.int(node, "retries of \(subject)", in: 0...100)
    } else if let reader = MapReader(
      node, "retries of \(subject)", keys: ["max", "on"], errors)
    {
      maxRetries = errors.int(reader["max"], "retries of \(subject)", in: 0...100)
      if let causes = reader["on"] {
        retryCauses = Set(
          (causes.items ?? [causes]).compactMap { errors.choice($0, "retry cause of \(subject)") })
      }
    }
  }

  /// These settings where they are written, else those of `base`.
  func over(_ base: RunSettings) -> RunSettings {
    var result = self
    result.cpus = cpus ?? base.cpus
    result.memoryBytes = memoryBytes ?? base.memoryBytes
    result.timeoutSeconds = timeoutSeconds ?? base.timeoutSeconds
    result.maxRetries = maxRetries ?? base.maxRetries
    result.retryCauses = retryCauses ?? base.retryCauses
    result.isolation = isolation ?? base.isolation
    return result
  }

  /// With the program's own defaults filled in.
  var resources: Resources {
    var resources = Resources()
    resources.cpus = cpus ?? resources.cpus
    resources.memoryBytes = memoryBytes ?? resources.memoryBytes
    resources.timeoutSeconds = timeoutSeconds
    resources.maxRetries = maxRetries ?? resources.maxRetries
    resources.retryCauses = retryCauses ?? resources.retryCauses
    resources.isolation = isolation ?? resources.isolation
    return resources
  }
}
