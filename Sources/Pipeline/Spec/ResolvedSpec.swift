/// A graph with the values behind it, for `pipeline show --resolved --origins`.
package struct ResolvedSpec: Sendable {
  /// One resolved value: "params.epochs", "axes.seed[1]", "stages.model.with.lr".
  package struct Entry: Sendable {
    package let path: String
    package let value: Value
    /// "default (spec.yaml:12)", "profile smoke (spec.yaml:30)", "command line", "stage default".
    package let origin: String
  }

  package let graph: Graph
  /// Texts of the files read, for later diagnostics.
  package let sources: SourceTexts
  /// All that changed the specification beside its profile (set files, overrides, seed) as
  /// overrides in order: with them the same graph comes out.
  package let overrides: [String]
  private let axes: [AxisSpec]

  init(graph: Graph, axes: [AxisSpec], overrides: [String], sources: SourceTexts) {
    self.graph = graph
    self.overrides = overrides
    self.axes = axes
    self.sources = sources
  }

  /// Parameters, axes, then the parameters of each stage; where the instances of a stage differ,
  /// one entry for each distinct value.
  package var entries: [Entry] {
    var entries = graph.experiment.parameters.map {
      Entry(path: "params.\($0.name)", value: $0.value, origin: $0.origin)
    }
    for axis in axes {
      entries += axis.entries.map { entry in
        let source = entry.source
        return Entry(
          path: "axes.\(axis.name)[\(entry.label)]", value: source.value, origin: source.origin)
      }
    }
    var seen: Set<String> = []
    for instance in graph.instances {
      for declaration in instance.bound.type.parameters {
        let value = instance.bound.parameters[declaration.name] ?? .null
        let path = "stages.\(instance.stage).with.\(declaration.name)"
        guard seen.insert(path + "=" + value.canonicalJSON).inserted else { continue }
        let origin = instance.parameterOrigins[declaration.name] ?? "stage default"
        entries.append(Entry(path: path, value: value, origin: origin))
        let inner = EntryPath.entries(
          of: value, named: declaration.name, in: instance.parameterOrigins)
        entries += inner.map { entry in
          Entry(
            path: "stages.\(instance.stage).with.\(entry.path)", value: entry.value,
            origin: entry.origin)
        }
      }
    }
    return entries
  }

  /// The resolved specification as data: head, parameters, axes, and each stage's values (a list
  /// where its instances differ).
  package var value: Value {
    let experiment = graph.experiment
    var stages: [String: Value] = [:]
    for (stage, instances) in Dictionary(grouping: graph.instances, by: \.stage) {
      guard let type = instances.first?.bound.type else { continue }
      var with: [String: Value] = [:]
      for declaration in type.parameters {
        var values: [Value] = []
        for instance in instances {
          let value = instance.bound.parameters[declaration.name] ?? .null
          if !values.contains(value) { values.append(value) }
        }
        with[declaration.name] = values.count == 1 ? values[0] : .list(values)
      }
      stages[stage] = .map([
        "uses": .string(type.kind), "instances": .int(instances.count), "with": .map(with),
      ])
    }
    return .map([
      "name": .string(experiment.name), "title": .string(experiment.title),
      "profile": .string(experiment.profile),
      "params": .map(
        Dictionary(
          experiment.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })),
      "axes": .map(
        Dictionary(
          axes.map { axis in
            let entries = axis.entries.map {
              Value.map(["label": .string($0.label), "value": $0.source.value])
            }
            return (axis.name, .list(entries))
          }, uniquingKeysWith: { $1 })),
      "stages": .map(stages),
    ])
  }
}
