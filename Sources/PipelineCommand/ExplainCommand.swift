import ArgumentParser
import Foundation
import Pipeline

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Says why an instance ran or was cached, and what its key is made of.",
    discussion: """
      It is held against the nearest key: that of the same instance in an earlier stored run, or one \
      of the same stage type in the store.
      """)

  @Argument(
    help: ArgumentHelp(
      "A stored run (may be left out: the newest), then a stage or instance: 'model[seed=1]'.",
      valueName: "run stage"), completion: .runsAndStages)
  var names: [String]

  @Option(help: ArgumentHelp("Hold it against this key or run.", valueName: "key|run"))
  var against: String?

  @OptionGroup var results: ResultsOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if !(1...2).contains(names.count) {
      throw ValidationError("explain takes a stage, or a run and a stage")
    }
  }

  func run() throws {
    let project = try global.makeProject()
    let root = results.root(project)
    let run = try root.open(names.count == 2 ? names[0] : nil)
    let selector = try InstanceSelector(parsing: names[names.count - 1])
    let workspace = Workspace(project.workspace)
    let store = workspace.exists ? try Store(readOnly: workspace) : nil
    let explanations = try selector.indices(in: run.document).map { index in
      let log = run.document.instances[index].attempt.map { workspace.log(ofAttempt: $0) }
      return KeyExplanation(
        index, of: run.document, against: try reference(for: index, of: run, store, root),
        logPath: log.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil })
    }
    if global.json {
      print(Value.list(explanations.map(\.jsonValue)).indentedJSON, terminator: "")
    } else {
      print(explanations.map(\.text).joined(separator: "\n"), terminator: "")
    }
  }

  private func reference(
    for index: Int, of run: StoredResults, _ store: Store?, _ root: ResultsRoot
  ) throws -> KeyExplanation.Reference? {
    let instance = run.document.instances[index]
    if let against { return try named(against, instance, store, root) }
    // What was asked to run ran for no difference.
    if instance.key.isEmpty || instance.cause == .forced { return nil }
    let stored = try store?.nearest(to: instance.parts).map {
      KeyExplanation.Reference(
        name: "the nearest stored key \($0.key.prefix(12))", parts: $0.parts)
    }
    // Of two that are as near, the same instance of an earlier run says more.
    let candidates = [earlier(instance, than: run), stored].compactMap(\.self)
    return candidates.min {
      KeyDifference.differences(from: $0.parts, to: index, of: run.document).count
        < KeyDifference.differences(from: $1.parts, to: index, of: run.document).count
    }
  }

  /// The same instance in the newest earlier run in which it has another key.
  private func earlier(
    _ instance: RunInstance, than run: StoredResults
  ) -> KeyExplanation.Reference? {
    for name in run.folder.runs.reversed() where name < run.run {
      guard let earlier = try? StoredResults(name, in: run.folder),
        let other = earlier.document.instances.first(where: { $0.id == instance.id }),
        !other.key.isEmpty, other.key != instance.key
      else { continue }
      return .init(name: "the same instance in run \(name)", parts: other.parts)
    }
    return nil
  }

  /// A key of the store by its first digits, else a run that has the instance.
  private func named(
    _ name: String, _ instance: RunInstance, _ store: Store?, _ root: ResultsRoot
  ) throws -> KeyExplanation.Reference {
    if let store, name.count >= 6, name.allSatisfy(\.isHexDigit) {
      let keys = try store.keys(beginning: name.lowercased())
      if keys.count > 1 {
        throw ValidationError("--against \(name): several stored keys begin so; write more digits")
      }
      if let key = keys.first, let parts = try store.parts(of: key) {
        return .init(name: "stored key \(key.prefix(12))", parts: parts)
      }
    }
    let other = try root.open(name)
    guard let found = other.document.instances.first(where: { $0.id == instance.id }) else {
      throw ValidationError(
        "--against \(name): run \(other.run) has no instance \(instance.id)")
    }
    return .init(name: "the same instance in run \(other.run)", parts: found.parts)
  }
}
