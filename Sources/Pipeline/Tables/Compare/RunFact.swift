/// One thing besides its numbers that a run can be told apart by.
package struct RunFact: Sendable, Hashable {
  package enum Kind: String, Sendable, CaseIterable {
    case experiment, profile, specification, program, parameter
    /// A parameter of a stage that no parameter of the experiment gives.
    case stageParameter = "stage parameter"
    case code, numerics
    case data = "data set"
    case file
  }

  package let kind: Kind
  package let name: String
  package let value: String
  /// Where the value comes from; empty when that says nothing more.
  package let origin: String

  init(_ kind: Kind, _ name: String = "", _ value: String, origin: String = "") {
    self.kind = kind
    self.name = name
    self.value = value
    self.origin = origin
  }
}

extension RunDocument {
  /// What can differ between runs besides their numbers.
  var facts: [RunFact] {
    var facts = [
      RunFact(.experiment, "", experiment.name), RunFact(.profile, "", experiment.profile),
      RunFact(.specification, "", provenance.specHash, origin: experiment.file),
      RunFact(
        .program, "", provenance.programVersion,
        origin: provenance.gitCommit.map { "commit \($0.prefix(8))" } ?? ""),
      RunFact(.numerics, "", provenance.host["numerics"] ?? ""),
    ]
    facts += experiment.parameters.map {
      RunFact(.parameter, $0.name, $0.value.canonicalJSON, origin: $0.origin)
    }
    facts += provenance.datasets.map { RunFact(.data, $0.name, $0.hash) }
    return facts + stageFacts
  }

  /// The parts of all keys, but for inputs and for parameters that the experiment's give; where
  /// the instances of a stage differ, all values together.
  private var stageFacts: [RunFact] {
    struct Subject: Hashable {
      let kind: RunFact.Kind
      let name: String
    }
    var order: [Subject] = []
    var found: [Subject: (values: [String], origins: [String])] = [:]
    for instance in instances {
      for part in instance.parts.parts {
        guard let (kind, name, origin) = instance.subject(of: part) else { continue }
        let subject = Subject(kind: kind, name: name)
        if found[subject] == nil { order.append(subject) }
        var (values, origins) = found[subject] ?? ([], [])
        if !values.contains(part.value) { values.append(part.value) }
        if !origin.isEmpty, !origins.contains(origin) { origins.append(origin) }
        found[subject] = (values, origins)
      }
    }
    return order.map { subject in
      let (values, origins) = found[subject] ?? ([], [])
      return RunFact(
        subject.kind, subject.name, values.joined(separator: ", "),
        origin: origins.joined(separator: ", "))
    }
  }
}

extension RunInstance {
  /// What a part of the key is about; `nil` when it tells nothing by itself.
  fileprivate func subject(
    of part: KeyParts.Part
  ) -> (kind: RunFact.Kind, name: String, origin: String)? {
    let (kind, rest) = part.kindAndName
    switch kind {
    case "code": return (.code, self.kind, "")
    case "file": return (.file, "\(stage).\(rest)", "")
    case "parameter":
      if parameterSources[rest]?.isEmpty == false { return nil }
      return (.stageParameter, "\(stage).\(rest)", parameterOrigins[rest] ?? "stage default")
    default: return nil
    }
  }
}

extension KeyParts.Part {
  /// `parameter.lr` as ("parameter", "lr"); a part without a name gives an empty one.
  var kindAndName: (kind: String, name: String) {
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    return (parts[0], parts.count == 2 ? parts[1] : "")
  }
}
