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
    var record = ProvenanceRecord()
    for index in distances.keys.sorted() { record.add(index, of: document) }
    record.entities["pipeline:subject"] = .map(["prov:label": .string(subject.title)])
    if !subject.isSource, direction == .behind {
      for index in subject.instances where distances[index] != nil {
        record.add("pipeline:subject", madeBy: index)
      }
    }
    return record.jsonValue
  }
}
