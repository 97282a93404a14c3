/// The entities, activities and relations of a W3C PROV-JSON document.
struct ProvenanceRecord {
  var entities: [String: Value] = [:]
  private var activities: [String: Value] = [:]
  private var used: [String: Value] = [:]
  private var generated: [String: Value] = [:]

  /// Adds an instance of a run with all that it read and made.
  mutating func add(_ index: Int, of document: RunDocument) {
    let instance = document.instances[index]
    var fields: [String: Value] = [
      "prov:label": .string(instance.id), "prov:type": .string(instance.kind),
      "pipeline:key": .string(instance.key),
    ]
    for parameter in instance.parameters {
      fields["pipeline:parameter.\(parameter.name)"] = .string(parameter.value)
    }
    activities[Self.activity(index)] = .map(fields)
    for output in instance.outputs {
      add(entity(output.hash, "\(instance.id).\(output.slot)"), madeBy: index)
    }
    var inputs = instance.files.map { entity($0.hash, $0.name) }
    for source in instance.inputs.flatMap(\.sources) {
      guard let hash = document.hash(of: source) else { continue }
      inputs.append(entity(hash, "\(document.instances[source.instance].id).\(source.output)"))
    }
    for input in inputs {
      used["_:u\(used.count)"] = .map([
        "prov:activity": .string(Self.activity(index)), "prov:entity": .string(input),
      ])
    }
  }

  mutating func add(_ entity: String, madeBy index: Int) {
    generated["_:g\(generated.count)"] = .map([
      "prov:entity": .string(entity), "prov:activity": .string(Self.activity(index)),
    ])
  }

  private mutating func entity(_ hash: String, _ label: String) -> String {
    let id = "pipeline:sha256-\(hash)"
    entities[id] = .map(["prov:label": .string(label)])
    return id
  }

  private static func activity(_ index: Int) -> String { "pipeline:instance-\(index)" }

  var jsonValue: Value {
    .map([
      "prefix": .map(["pipeline": .string("urn:pipeline:")]), "entity": .map(entities),
      "activity": .map(activities), "used": .map(used), "wasGeneratedBy": .map(generated),
    ])
  }
}
