/// Expands a resolved specification to a graph of instances.
struct GraphBuilder {
  private let spec: Spec
  private let resolution: SpecResolution
  private let registry: StageRegistry
  private let instanceLimit: Int
  private let errors: DiagnosticCollector
  private let parameterValues: [String: Value]
  private var instances: [Instance] = []
  /// Index range of the instances of each expanded stage.
  private var ranges: [Int: Range<Int>] = [:]
  private var edgeCount = 0

  /// Keeps joins of large stages from growing without bounds.
  private static let edgeLimit = 5_000_000

  init(
    _ spec: Spec, _ resolution: SpecResolution, _ registry: StageRegistry, _ instanceLimit: Int,
    _ errors: DiagnosticCollector
  ) {
    self.spec = spec
    self.resolution = resolution
    self.registry = registry
    self.instanceLimit = instanceLimit
    self.errors = errors
    parameterValues = resolution.parameters.mapValues(\.value)
  }

  /// The graph; meaningful only if no error was reported.
  mutating func build() -> Graph {
    let stages = StageChecker(
      spec: spec, axes: resolution.axes, unsoundAxes: resolution.unsoundAxes, registry: registry,
      instanceLimit: instanceLimit, errors: errors
    ).check()
    checkDefaults(against: stages)
    for index in StageOrder.order(stages, errors) { expand(index, stages) }
    let views = ViewReader(
      spec: spec, profile: resolution.profile, stages: stages, errors: errors
    ).read()
    let graph = Graph(
      experiment: experiment, instances: instances, tables: views.tables, plots: views.plots,
      expectations: views.expectations)
    if errors.isEmpty { graph.refuseFineTolerances(errors) }
    return graph
  }

  private var experiment: Experiment {
    Experiment(
      name: spec.name, title: spec.title, file: spec.file, profile: resolution.profile,
      parameters: spec.parameters.compactMap { declared in
        resolution.parameters[declared.name].map {
          ResolvedParameter(name: declared.name, value: $0.value, origin: $0.origin)
        }
      }, paper: spec.paper)
  }

  /// A name in `defaults.with` that no stage here has is a slip.
  private func checkDefaults(against stages: [CheckedStage]) {
    guard stages.count == spec.stageNames.count else { return }
    let names = Set(stages.flatMap { $0.type.parameters.map(\.name) })
    for parameter in resolution.defaults.flatMap(\.parameters) where !names.contains(parameter.name)
    {
      errors.error(
        at: parameter.nameLocation, "no stage here has a parameter '\(parameter.name)'",
        why: "'defaults.with' reaches the stages whose type has the parameter",
        fix: DiagnosticCollector.remedy(
          for: parameter.name, among: names.sorted(), none: "remove it"))
    }
  }

  // MARK: One stage

  private mutating func expand(_ index: Int, _ stages: [CheckedStage]) {
    let stage = stages[index]
    let binder = InstanceBinder(
      stage: stage, resolution: resolution, parameterValues: parameterValues, errors: errors)
    let joins = joins(of: stage, stages)
    if stage.rows.isEmpty {
      // Its axes are not known; what does not depend on them can be checked.
      binder.checkWhatNeedsNoMatrix()
      return
    }
    let own = stage.axes.map(\.name)
    let needs = stage.needs.compactMap { ranges[$0] }.map {
      InputJoin(all: $0, instances, consumerAxes: own)
    }
    let resources = resolution.defaults.reduce(stage.spec.settings) { $0.over($1.settings) }
      .resources
    let first = instances.count
    for row in stage.rows {
      let labels = zip(stage.axes, row).map {
        AxisLabel(axis: $0.name, label: $0.entries[$1].label)
      }
      let bound = binder.bind(row)
      let (inputs, isFed) = feed(labels, stage, joins)
      let needed = needs.flatMap { $0.instances(for: labels) ?? [] }
      edgeCount += needed.count + inputs.reduce(0) { $0 + $1.sources.count }
      guard edgeCount <= Self.edgeLimit else {
        errors.error(
          at: stage.spec.location,
          "the graph has more than \(Self.edgeLimit) connections at stage '\(stage.spec.name)'",
          why: "each instance here waits for many others",
          fix: "share axes between the stages, or gather in steps")
        return
      }
      instances.append(
        Instance(
          stage: stage.spec.name, labels: labels, bound: bound.stage, inputs: inputs,
          needs: needed.filter { instances[$0].isEnabled }, isEnabled: bound.isEnabled && isFed,
          resources: resources, location: stage.spec.location, parameterOrigins: bound.origins,
          parameterSources: binder.sources, transientOutputs: stage.transientOutputs))
    }
    ranges[index] = first..<instances.count
  }

  /// How its inputs are fed, as far as the producers could be expanded; reports what does not fit.
  private func joins(
    of stage: CheckedStage, _ stages: [CheckedStage]
  ) -> [(input: CheckedStage.Input, join: InputJoin)] {
    stage.inputs.compactMap { input in
      let producer = stages[input.producer]
      guard producer.hasSoundAxes, stage.hasSoundAxes, let range = ranges[input.producer] else {
        if producer.hasSoundAxes { _ = InputJoin.pins(of: input, producer, errors) }
        return nil
      }
      return InputJoin(input, of: stage, producer: producer, range, instances, errors).map {
        (input, $0)
      }
    }
  }

  /// The artifacts of one instance's inputs, and whether all that it must have will exist.
  ///
  /// A producer whose `if` does not hold gives nothing: a gathered list keeps the rest, an optional
  /// input stays empty, and any other consumer is off too.
  private func feed(
    _ labels: [AxisLabel], _ stage: CheckedStage,
    _ joins: [(input: CheckedStage.Input, join: InputJoin)]
  ) -> (inputs: [InputBinding], isFed: Bool) {
    var inputs: [InputBinding] = []
    var isFed = true
    for (input, join) in joins {
      guard let producers = join.instances(for: labels) else {
        let selector = join.selector(for: labels)
        errors.error(
          at: input.written.location,
          "'\(input.written.from)' has no instance with \(selector)",
          why: "stage '\(stage.spec.name)' has instances there, and axes are matched by label",
          fix: "add the label to the producer, or exclude it here")
        continue
      }
      var chosen = producers.filter { instances[$0].isEnabled }
      if chosen.isEmpty || (!join.isGathered && chosen.count < producers.count) {
        if input.slot.isOptional { continue }
        isFed = false
        chosen = producers
      }
      inputs.append(
        InputBinding(
          slot: input.slot.name, type: stage.type.isExternal ? input.slot.type : nil,
          sources: chosen.map {
            InputBinding.Source(
              instance: $0, output: input.output.name,
              gatheredLabels: join.gatheredLabels(of: instances[$0]))
          }))
    }
    return (inputs, isFed)
  }
}
