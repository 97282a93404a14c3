import ArgumentParser
import Pipeline
import Stages

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows a specification with every value resolved.")

  @OptionGroup var spec: SpecOptions
  @OptionGroup var global: GlobalOptions

  @Flag(help: "Say where each value comes from.")
  var origins = false

  @Flag(help: "List the stage instances instead.")
  var instances = false

  func run() throws {
    let project = try global.makeProject()
    let resolved = try spec.resolve(project.registry)
    if instances, global.json {
      let list = resolved.graph.instances.map { instance in
        Value.map(["id": .string(instance.id), "uses": .string(instance.bound.type.kind)])
      }
      print(Value.list(list).canonicalJSON)
    } else if global.json {
      print(resolved.value.canonicalJSON)
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
}
