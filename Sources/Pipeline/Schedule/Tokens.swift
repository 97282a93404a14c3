/// What a run may use at once: lanes and memory, handed out and given back by the scheduler.
struct Tokens: Sendable, Hashable {
  let cpus: Int
  let memoryBytes: Int
  private(set) var freeCPUs: Int
  private(set) var freeMemoryBytes: Int

  init(cpus: Int, memoryBytes: Int) {
    self.cpus = cpus
    self.memoryBytes = memoryBytes
    freeCPUs = cpus
    freeMemoryBytes = memoryBytes
  }

  /// One stage's share: never more than there is, so that an outsized stage runs alone, not never.
  struct Share: Sendable, Hashable {
    let cpus: Int
    let memoryBytes: Int
  }

  func share(for resources: Resources) -> Share {
    Share(
      cpus: min(max(resources.cpus, 1), cpus),
      memoryBytes: min(max(resources.memoryBytes, 0), memoryBytes))
  }

  /// Takes a share if all of it is free.
  mutating func take(_ share: Share) -> Bool {
    guard share.cpus <= freeCPUs, share.memoryBytes <= freeMemoryBytes else { return false }
    freeCPUs -= share.cpus
    freeMemoryBytes -= share.memoryBytes
    return true
  }

  mutating func give(back share: Share) {
    freeCPUs += share.cpus
    freeMemoryBytes += share.memoryBytes
    precondition(
      freeCPUs <= cpus && freeMemoryBytes <= memoryBytes, "tokens: more given back than taken")
  }
}
