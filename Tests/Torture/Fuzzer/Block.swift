import Foundation

/// Consecutive cases of one target, run in this process.
struct Block {
  /// What one process may allocate beyond what it starts with.
  static let memoryLimitBytes = 1 << 30

  let target: Target
  let seed: UInt64
  let first: Int
  let count: Int

  /// Before each case its number is written to a file, and how many were accepted so far.
  func run(noting note: URL) throws {
    try limitMemory()
    let file = open(note.path, O_WRONLY | O_CREAT, 0o600)
    let pieces = Mutator.pieces(tokens: target.tokens, samples: target.samples)
    var accepted = 0
    for index in first..<(first + count) {
      write(index, accepted, to: file)
      // By the number alone, so that one case can be run again by itself.
      var mutator = Mutator(pieces: pieces, seed: seed &* 0x1_0000_0001 &+ UInt64(index))
      let sample = target.samples[mutator.index(below: target.samples.count)]
      if target.accepts(mutator.damage(sample)) { accepted += 1 }
    }
    write(first + count, accepted, to: file)
  }

  private func write(_ index: Int, _ accepted: Int, to file: Int32) {
    withUnsafeBytes(of: (index, accepted)) { _ = pwrite(file, $0.baseAddress, $0.count, 0) }
  }

  private func limitMemory() throws {
    let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = Int(status.split(separator: " ").first ?? "0") ?? 0
    let bytes = rlim_t(pages * Int(sysconf(Int32(_SC_PAGESIZE))) + Self.memoryLimitBytes)
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  }
}
