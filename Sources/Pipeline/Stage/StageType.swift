/// A registered kind of stage, with its Swift type erased.
package struct StageType: Sendable {
  package let kind: String
  package let version: Int
  package let summary: String
  package let parameters: [ParameterDeclaration]
  package let inputs: [InputSlot]
  package let outputs: [OutputSlot]
  /// A hash of the sources that compute this stage: an edited kernel never serves a stale result.
  package let fingerprint: String
  /// The machine-dependent part of numeric results (vector level, BLAS kernel family); empty for
  /// a stage that does not use numerics.
  package let numericsTag: String
  /// Whether it runs a program of the user's (see ``Stage/isExternal``).
  package let isExternal: Bool
  /// The parameter that names the outputs of an external stage; the same in all its instances.
  package static let outputsParameter = "outputs"
  /// Whether instances may read files outside the store.
  let readsFiles: Bool
  /// The parts of a key that are the same for all instances.
  let keyParts: [KeyParts.Part]
  private let names: Set<String>
  /// Parameters that are no part of a key.
  private let unkeyed: Set<String>
  private let make: @Sendable (inout ParameterReader) -> any Stage

  package init<S: Stage>(_ type: S.Type, fingerprint: String, numericsTag: String) {
    var reader = ParameterReader()
    _ = S(&reader)
    kind = S.kind
    version = S.version
    summary = S.summary
    parameters = reader.declarations
    inputs = S.inputs
    outputs = S.outputs
    self.fingerprint = fingerprint
    self.numericsTag = S.usesNumerics ? numericsTag : ""
    isExternal = S.isExternal
    make = { S(&$0) }
    readsFiles = S.readsFiles
    names = Set(parameters.map(\.name))
    unkeyed = Set(parameters.filter { !$0.affectsResult }.map(\.name))
    keyParts = KeyParts.parts(
      kind: kind, version: version, fingerprint: fingerprint, numericsTag: self.numericsTag)
  }

  /// The outputs of a stage with these parameter values, as far as they are known.
  func outputs(with values: [String: Value]) -> [OutputSlot] {
    isExternal ? bind(values).stage.outputs : outputs
  }

  /// The slot for an input of this name, fed by an artifact of this type: a declared one, or one
  /// that an external stage opens for it.
  func inputSlot(_ name: String, for type: ArtifactType) -> InputSlot? {
    if let slot = inputs.first(where: { $0.name == name }) { return slot }
    return isExternal ? InputSlot(name, type, isList: true, help: "") : nil
  }

  /// Binds written values to the parameters; unknown names are problems too.
  package func bind(_ values: [String: Value]) -> BoundStage {
    var reader = ParameterReader(values)
    let stage = make(&reader)
    var problems = reader.problems
    for name in values.keys.filter({ !names.contains($0) }).sorted() {
      let known = parameters.map(\.name)
      let nearest = nearestName(to: name, in: known)
      problems.append(
        ParameterProblem(
          parameter: name, what: "'\(name)' is not a parameter of \(kind)",
          why: "it has: " + known.joined(separator: ", "),
          fix: nearest.map { "did you mean '\($0)'?" } ?? ""))
    }
    return BoundStage(
      type: self, stage: stage, parameters: reader.normalised,
      keyParameters: unkeyed.isEmpty
        ? reader.normalised : reader.normalised.filter { !unkeyed.contains($0.key) },
      problems: problems)
  }
}

/// A stage type with the values of one instance.
package struct BoundStage: Sendable {
  package let type: StageType
  package let stage: any Stage
  /// All parameters, defaults filled in.
  package let parameters: [String: Value]
  /// Those that the cache key is made of.
  package let keyParameters: [String: Value]
  package let problems: [ParameterProblem]

  /// The files outside the store that the stage reads.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when needed data is missing.
  package func files(in folders: DataFolders) throws -> [DeclaredFile] {
    type.readsFiles ? try stage.files(in: folders) : []
  }
}

/// All stage types of this program, by kind.
package struct StageRegistry: Sendable {
  /// Sorted by kind.
  package let types: [StageType]
  private let byKind: [String: StageType]

  /// - Precondition: kinds are unique and every declaration is sound (see ``flaws``).
  package init(_ types: [StageType]) {
    self.types = types.sorted { $0.kind < $1.kind }
    byKind = Dictionary(types.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
    let flaws = self.flaws
    precondition(flaws.isEmpty, "stage registry: " + flaws.joined(separator: "; "))
  }

  package subscript(kind: String) -> StageType? { byKind[kind] }

  /// Mistakes in the declarations themselves, found before any user input is looked at.
  private var flaws: [String] {
    var flaws: [String] = []
    if byKind.count != types.count { flaws.append("two stage types share a kind") }
    for type in types {
      if type.summary.isEmpty { flaws.append("\(type.kind) has no summary") }
      let names = type.parameters.map(\.name) + type.inputs.map(\.name)
      if Set(names).count != names.count { flaws.append("\(type.kind) repeats a name") }
      let defaults = type.parameters.filter { $0.defaultValue != nil }
      let bound = type.bind(
        Dictionary(uniqueKeysWithValues: defaults.map { ($0.name, $0.defaultValue ?? .null) }))
      let required = Set(type.parameters.filter { $0.defaultValue == nil }.map(\.name))
      for problem in bound.problems where !required.contains(problem.parameter) {
        flaws.append("\(type.kind): default of \(problem.parameter): \(problem.what)")
      }
    }
    return flaws
  }
}
