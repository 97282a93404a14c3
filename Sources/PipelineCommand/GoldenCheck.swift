import Foundation
import Pipeline
import Stages

/// Runs the golden study and compares what comes out with what came out when it was written down.
struct GoldenCheck {
  struct Mismatch {
    let kind: String
    let output: String
    let expected: String
    let found: String
  }

  /// Every output of the study, with its hash.
  let found: [(tag: String, output: String, hash: String)]
  let mismatches: [Mismatch]
  /// Stage types whose hashes nobody has taken for this machine's arithmetic.
  let unknownKinds: [String]

  private static let digits = 16

  /// - Parameters:
  ///   - project: for its registry.
  ///   - kinds: stage types to check; all when `nil`.
  /// - Throws: ``StageFailure`` when a stage of the study fails.
  init(_ project: Project, kinds: Set<String>? = nil) throws {
    let graph = try SpecLoader(
      registry: project.registry,
      reader: .memory([GoldenStudy.file: GoldenStudy.specification])
    ).load(file: GoldenStudy.file)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "pipeline-golden-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = RunOptions()
    options.jobs = ProcessInfo.processInfo.activeProcessorCount
    options.selected = Self.selection(of: kinds, in: graph)
    let record = try Runner(
      graph, store: Store(Workspace(folder)), options: options, dataFolders: project.dataFolders,
      process: project.makeExecutor()
    ).run { _ in }
    for ended in record.instances {
      guard let failure = ended.failure else { continue }
      throw StageFailure(
        at: "stage '\(ended.name)' of the golden study", "\(failure)",
        why: "it ran when the program was released", fix: "see 'pipeline doctor'")
    }
    var found: [(tag: String, output: String, hash: String)] = []
    var mismatches: [Mismatch] = []
    var unknown: Set<String> = []
    let tags = Self.tags(in: graph)
    for (index, (instance, ended)) in zip(graph.instances, record.instances).enumerated() {
      guard instance.bound.stage.isDeterministic else { continue }
      let type = instance.bound.type
      let tag = tags[index] ?? GoldenStudy.anyTag
      let expected = GoldenStudy.hashes(tag: tag)
      for output in ended.outputs {
        let name = "\(ended.name).\(output.slot)"
        let hash = String(output.hash.prefix(Self.digits))
        found.append((tag, name, hash))
        guard kinds?.contains(type.kind) ?? true else { continue }
        guard let expected = expected?[name] else {
          unknown.insert(type.kind)
          continue
        }
        if expected != hash {
          mismatches.append(
            Mismatch(kind: type.kind, output: name, expected: expected, found: hash))
        }
      }
    }
    self.found = found
    self.mismatches = mismatches
    unknownKinds = unknown.sorted()
  }

  /// The instances of these kinds and all that they need.
  private static func selection(of kinds: Set<String>?, in graph: Graph) -> Set<Int>? {
    guard let kinds else { return nil }
    var selected: Set<Int> = []
    for (index, instance) in graph.instances.enumerated().reversed()
    where selected.contains(index) || kinds.contains(instance.bound.type.kind) {
      selected.insert(index)
      selected.formUnion(instance.inputs.flatMap { $0.sources.map(\.instance) })
    }
    return selected
  }

  /// The arithmetic that stands behind each instance, its own or that of what it reads.
  private static func tags(in graph: Graph) -> [Int: String] {
    var tags: [Int: String] = [:]
    for (index, instance) in graph.instances.enumerated() {
      let own = instance.bound.type.numericsTag
      let sources = instance.inputs.flatMap(\.sources)
      tags[index] = own.isEmpty ? sources.lazy.compactMap { tags[$0.instance] }.first : own
    }
    return tags
  }

  /// What a user reads.
  var text: String {
    var text = mismatches.map {
      "DIFFERENT \($0.kind): '\($0.output)' of the golden study hashes to \($0.found), "
        + "not to \($0.expected)\n"
    }.joined()
    if !mismatches.isEmpty {
      text +=
        "  the same stage version gives other results than when it was released\n"
        + "  fix: raise the version of the stage or of the arithmetic, then 'make golden'\n"
    }
    if !unknownKinds.isEmpty {
      text +=
        "no golden hashes for this machine's arithmetic (\(Registry.numericsTag)): "
        + unknownKinds.joined(separator: ", ") + "\n"
    }
    return text
  }
}
