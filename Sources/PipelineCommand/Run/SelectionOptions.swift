import ArgumentParser
import Pipeline

/// Which instances may run, and which run although their results are stored.
struct SelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Run these alone, with stored inputs: stage or stage[axis=label], with * for any text and \
      commas between several.
      """,
      valueName: "sel"), completion: .stages)
  var only: [String] = []

  @Option(
    help: ArgumentHelp("Run these and everything they depend on.", valueName: "sel"),
    completion: .stages)
  var upto: [String] = []

  @Option(
    help: ArgumentHelp("Run these and everything that depends on them.", valueName: "sel"),
    completion: .stages)
  var from: [String] = []

  @Option(help: ArgumentHelp("Do not run these.", valueName: "sel"), completion: .stages)
  var skip: [String] = []

  @Option(
    help: ArgumentHelp("Run these even if their results are stored.", valueName: "sel"),
    completion: .stages)
  var force: [String] = []

  private var selection: Selection {
    var selection = Selection()
    selection.only = only
    selection.upto = upto
    selection.from = from
    selection.skip = skip
    return selection
  }

  /// Whether anything is left out.
  var isPartial: Bool { selection != Selection() }

  /// The instances that may run; `nil` when that is all.
  func selected(in graph: Graph) throws -> Set<Int>? { try selection.indices(in: graph) }

  func forced(in graph: Graph) throws -> Set<Int> {
    try InstanceSelector.indices(of: force, in: graph, option: "--force")
  }

  /// Refuses a selection whose inputs neither run nor are stored. What `--skip` leaves out is no
  /// mistake: what needs it is left out, too.
  func checkInputs(of graph: Graph, plan: Plan) throws {
    guard let selected = try selected(in: graph) else { return }
    let skipped = try InstanceSelector.indices(of: skip, in: graph, option: "--skip")
    let missing = plan.missingProducers(of: selected, in: graph)
      .filter { !skipped.contains($0.producer) }
    guard let first = missing.first else { return }
    let names = missing.prefix(5).map { graph.instances[$0.producer].id }.joined(separator: ", ")
    let rest = missing.count > 5 ? " and \(missing.count - 5) more" : ""
    let consumer = graph.instances[first.consumer].id
    throw StageFailure(
      .environment, at: selection.text, "\(names)\(rest): neither selected nor stored",
      why: "\(consumer) needs \(graph.instances[first.producer].id)",
      fix: "run what is missing, too: --upto '\(consumer)'")
  }
}

extension InstanceSelector {
  /// The instances that any of the texts picks, each of which may hold several with commas between.
  ///
  /// - Throws: ``Diagnostic`` for a selector that picks none.
  static func indices(
    of texts: [String], in graph: Graph, option: String = ""
  ) throws(Diagnostic) -> Set<Int> {
    var found: Set<Int> = []
    for text in texts.flatMap(split) {
      found.formUnion(try InstanceSelector(parsing: text).indices(in: graph, option: option))
    }
    return found
  }
}
