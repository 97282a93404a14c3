extension Lineage {
  package var jsonValue: Value {
    let order = distances.keys.sorted()
    return .map([
      "subject": .string(subject.title), "direction": .string(direction.rawValue),
      "run": .string(document.run),
      "starts": .list(subject.instances.map { .string(document.instances[$0].id) }),
      "instances": .list(order.map(instanceValue)),
      "cells": .list(cells.map { .string($0.description) }),
      "claims": .list(
        claims.map {
          .map(["id": .string($0.id), "verdict": .string($0.verdict.rawValue)])
        }),
    ])
  }

  private func instanceValue(_ index: Int) -> Value {
    let instance = document.instances[index]
    return .map([
      "id": .string(instance.id), "kind": .string(instance.kind),
      "distance": .int(distances[index] ?? 0), "key": .string(instance.key),
      "location": .string(instance.location.shortText),
      "parameters": .list(
        instance.parameters.map {
          .map([
            "name": .string($0.name), "value": .string($0.value),
            "origin": .string($0.origin.isEmpty ? "stage default" : $0.origin),
            "reads": .list((instance.parameterSources[$0.name] ?? []).map(Value.string)),
          ])
        }),
      "files": .list(
        instance.files.map { .map(["name": .string($0.name), "sha256": .string($0.hash)]) }),
      "inputs": .list(
        instance.inputs.flatMap { binding in
          binding.sources.map { source in
            .map([
              "slot": .string(binding.slot),
              "instance": .string(document.instances[source.instance].id),
              "output": .string(source.output),
              "sha256": document.hash(of: source).map(Value.string) ?? .null,
            ])
          }
        }),
    ])
  }

  /// The same as W3C PROV-JSON: artifacts, data files and the subject are entities, stage
  /// instances are activities.
  ///
  /// - Source: PROV-JSON serialization, W3C member submission of 24 April 2013.
  package var provValue: Value {
    var entities: [String: Value] = [:]
    var activities: [String: Value] = [:]
    var used: [String: Value] = [:]
    var generated: [String: Value] = [:]
    func entity(_ hash: String, _ label: String) -> Value {
      let id = "pipeline:sha256-\(hash)"
      entities[id] = .map(["prov:label": .string(label)])
      return .string(id)
    }
    func activity(_ index: Int) -> String { "pipeline:instance-\(index)" }
    for index in distances.keys.sorted() {
      let instance = document.instances[index]
      var fields: [String: Value] = [
        "prov:label": .string(instance.id), "prov:type": .string(instance.kind),
        "pipeline:key": .string(instance.key),
      ]
      for parameter in instance.parameters {
        fields["pipeline:parameter.\(parameter.name)"] = .string(parameter.value)
      }
      activities[activity(index)] = .map(fields)
      for output in instance.outputs {
        generated["_:g\(generated.count)"] = .map([
          "prov:entity": entity(output.hash, "\(instance.id).\(output.slot)"),
          "prov:activity": .string(activity(index)),
        ])
      }
      var inputs = instance.files.map { entity($0.hash, $0.name) }
      for source in instance.inputs.flatMap(\.sources) {
        guard let hash = document.hash(of: source) else { continue }
        let label = "\(document.instances[source.instance].id).\(source.output)"
        inputs.append(entity(hash, label))
      }
      for input in inputs {
        used["_:u\(used.count)"] = .map([
          "prov:activity": .string(activity(index)), "prov:entity": input,
        ])
      }
    }
    entities["pipeline:subject"] = .map(["prov:label": .string(subject.title)])
    if !subject.isSource, direction == .behind {
      for index in subject.instances where distances[index] != nil {
        generated["_:g\(generated.count)"] = .map([
          "prov:entity": .string("pipeline:subject"), "prov:activity": .string(activity(index)),
        ])
      }
    }
    return .map([
      "prefix": .map(["pipeline": .string("urn:pipeline:")]), "entity": .map(entities),
      "activity": .map(activities), "used": .map(used), "wasGeneratedBy": .map(generated),
    ])
  }
}
