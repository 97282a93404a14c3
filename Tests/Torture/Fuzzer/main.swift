import Foundation

// Reads damaged inputs by the million: see `usage`. Each block of cases runs in a process
// of its own, so that a trap, a hang or too much memory names its case and ends nothing else.

let usage = """
  usage: Fuzzer [--cases N] [--seed S] [--target NAME] [--corpus DIR]
    --cases N      how many in all (default 1000000)
    --seed S       of the damage (default 1)
    --target NAME  only this reader
    --corpus DIR   specifications to start from (default experiments)
  """

var options: [String: String] = [:]
var rest = CommandLine.arguments.dropFirst()
while let name = rest.popFirst() {
  guard name.hasPrefix("--"), let value = rest.popFirst() else {
    print(usage)
    exit(2)
  }
  options[String(name.dropFirst(2))] = value
}

let seed = UInt64(options["seed"] ?? "1") ?? 1
let corpus = URL(filePath: options["corpus"] ?? "experiments")
let specs = ((try? FileManager.default.contentsOfDirectory(atPath: corpus.path)) ?? []).sorted()
  .filter { $0.hasSuffix(".yaml") }
  .compactMap { try? [UInt8](Data(contentsOf: corpus.appending(path: $0))) }
let memory = URL(filePath: "/dev/shm")
let base =
  FileManager.default.isWritableFile(atPath: memory.path)
  ? memory : FileManager.default.temporaryDirectory
let scratch = URL(
  filePath: options["scratch"]
    ?? base.appending(path: "fuzzer-\(ProcessInfo.processInfo.processIdentifier)").path)
try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
let targets = Target.all(specs: specs, scratch: scratch)
  .filter { options["target"] == nil || $0.name == options["target"] }

if let first = options["first"].flatMap(Int.init), let target = targets.first {
  let block = Block(
    target: target, seed: seed, first: first, count: Int(options["cases"] ?? "") ?? 0)
  try block.run(noting: scratch.appending(path: options["note"] ?? "note"))
  exit(0)
}

/// At once, also into a file: a run takes minutes.
@Sendable func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

let began = Date()
let outcome = Campaign(
  targets, cases: Int(options["cases"] ?? "") ?? 1_000_000, seed: seed, corpus: corpus,
  scratch: scratch
).run(say: say)
try? FileManager.default.removeItem(at: scratch)
let isFine = outcome.failures.isEmpty && outcome.caseCount > 0
say(
  "\(isFine ? "passed" : "FAILED"): \(outcome.caseCount) damaged inputs of \(targets.count) readers "
    + "in \(Int(Date().timeIntervalSince(began))) s: \(outcome.acceptedCount) accepted, the others "
    + "refused, \(outcome.failures.count) traps, hangs or excesses of memory (seed \(seed))")
exit(isFine ? 0 : 1)
