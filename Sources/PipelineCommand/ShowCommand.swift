import ArgumentParser
import Pipeline
import Stages

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows a specification with every value resolved.")

  @OptionGroup var spec: SpecOptions
  @OptionGroup var global: GlobalOptions

  /// What is shown of it.
  enum Subject: EnumerableFlag {
    case resolved, instances

    static func help(for value: Subject) -> ArgumentHelp? {
      switch value {
      case .resolved: "Axes, parameters and the parameters of the stages, with their values."
      case .instances: "The stage instances."
      }
    }
  }

  @Flag(exclusivity: .exclusive)
  var subject: Subject = .resolved

  @Flag(help: "Say where each value comes from.")
  var origins = false

  @Option(
    name: .customLong("schema-of"),
    help: ArgumentHelp(
      "Print the JSON Schema of this stage's parameters and inputs instead.", valueName: "stage"),
    completion: .stages)
  var schemaStage: String?

  func run() throws {
    let project = try global.makeProject()
    let resolved = try spec.resolve(project.registry)
    if let schemaStage {
      let type = try type(of: schemaStage, in: resolved.graph)
      print(SpecSchema(project.registry).jsonValue(of: type).indentedJSON, terminator: "")
      return
    }
    let instances = subject == .instances
    if instances, global.json {
      let list = resolved.graph.instances.map { instance in
        Value.map(["id": .string(instance.id), "uses": .string(instance.bound.type.kind)])
      }
      print(Value.list(list).canonicalJSON)
    } else if global.json {
      print(value(of: resolved).canonicalJSON)
    } else if instances {
      for instance in resolved.graph.instances {
        print("\(instance.id)  \(instance.bound.type.kind)")
      }
    } else {
      for entry in resolved.entries {
        let origin = origins ? "  # \(entry.origin)" : ""
        print("\(entry.path) = \(entry.value.canonicalJSON)\(origin)")
      }
    }
  }

  private func value(of resolved: ResolvedSpec) -> Value {
    guard origins, case .map(var fields) = resolved.value else { return resolved.value }
    let pairs = resolved.entries.map { ($0.path, Value.string("\($0.origin)")) }
    fields["origins"] = .map(Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    return .map(fields)
  }

  private func type(of stage: String, in graph: Graph) throws -> StageType {
    if let found = graph.instances.first(where: { $0.stage == stage }) { return found.bound.type }
    let names = Set(graph.instances.map(\.stage)).sorted()
    throw Diagnostic(
      at: nil, "--schema-of: there is no stage '\(stage)'",
      why: "the stages are " + names.joined(separator: ", "),
      fix: nearestName(to: stage, in: names).map { "did you mean '\($0)'?" } ?? "")
  }
}
